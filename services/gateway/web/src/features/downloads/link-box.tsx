/** Paste a link, look what is behind it, and download it. */
import { useMutation } from "@tanstack/react-query";
import { Link2 } from "lucide-react";
import { type ClipboardEvent, type FormEvent, useId, useState } from "react";

import { previewLink } from "@/api/downloads";
import { ProblemNote } from "@/components/notes";
import { Loading } from "@/components/panel";
import { Button } from "@/components/ui/button";

import { PreviewCard } from "./preview-card";

function isLink(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text.trim());
}

/** A video's address that also names a playlist: both can be meant. */
function namesBoth(url: string): boolean {
  try {
    const { searchParams } = new URL(url);
    return searchParams.has("v") && searchParams.has("list");
  } catch {
    return false;
  }
}

interface Look {
  url: string;
  asPlaylist: boolean;
}

export function LinkBox() {
  const id = useId();
  const [url, setUrl] = useState("");
  const [hint, setHint] = useState<string | null>(null);
  const looked = useMutation({ mutationFn: ({ url: link, asPlaylist }: Look) => previewLink(link, asPlaylist) });
  const look = (link: string, asPlaylist = false) => {
    const trimmed = link.trim();
    setHint(isLink(trimmed) ? null : "That does not look like a link. It begins with https://");
    if (isLink(trimmed)) looked.mutate({ url: trimmed, asPlaylist });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    look(url, looked.variables?.url === url.trim() && looked.variables.asPlaylist);
  };
  const paste = (event: ClipboardEvent<HTMLInputElement>) => {
    const text = event.clipboardData.getData("text");
    if (!isLink(text)) return;
    event.preventDefault();
    setUrl(text.trim());
    look(text);
  };
  const clear = () => {
    setUrl("");
    looked.reset();
  };
  return (
    <div className="grid gap-3">
      <form onSubmit={submit} className="flex flex-col gap-2.5 wide:flex-row">
        <div className="relative min-w-0 flex-1">
          <Link2 aria-hidden className="pointer-events-none absolute top-4 left-4 size-5 text-text-3" />
          <input
            id={id}
            type="text"
            inputMode="url"
            aria-label="Link to a video or playlist"
            aria-describedby={hint ? `${id}-hint` : undefined}
            aria-invalid={hint ? true : undefined}
            placeholder="Paste a link from YouTube"
            autoComplete="off"
            spellCheck={false}
            value={url}
            onChange={(event) => setUrl(event.target.value)}
            onPaste={paste}
            className="h-13 w-full rounded-[10px] border border-control bg-surface pr-4 pl-12 text-base placeholder:text-text-3"
          />
        </div>
        <Button type="submit" size="large" variant={looked.data ? "outline" : "primary"} off={looked.isPending || url.trim() === ""}>
          {looked.isPending ? "Looking…" : looked.data ? "Look again" : "Look"}
        </Button>
      </form>
      {hint && (
        <p id={`${id}-hint`} role="alert" className="text-sm text-down">
          {hint}
        </p>
      )}
      {looked.isPending && (
        <Loading label="Looking at the link">
          <div className="skeleton h-40" />
        </Loading>
      )}
      {looked.error && <ProblemNote what="We could not look at this link." error={looked.error} onRetry={() => look(url)} />}
      {looked.data && !looked.isPending && (
        <PreviewCard
          key={`${looked.variables.url} ${looked.variables.asPlaylist}`}
          url={looked.variables.url}
          asPlaylist={looked.variables.asPlaylist}
          preview={looked.data}
          onPlaylist={namesBoth(looked.variables.url) && !looked.variables.asPlaylist ? () => look(looked.variables.url, true) : undefined}
          onDone={clear}
        />
      )}
    </div>
  );
}
