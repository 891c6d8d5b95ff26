import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";

import { createDownload, downloadKeys } from "@/api/downloads";
import type { DownloadOrder, Preview } from "@/api/models";
import { ProblemLine } from "@/components/notes";
import { StateGlyph } from "@/components/state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { count, size } from "@/lib/format";
import { toast } from "@/lib/toast";

import { canTake, type Choice, EntryPicker, rangeHolds } from "./entry-picker";
import { FollowForm } from "./follow-form";
import { type Options, orderOf } from "./options";
import { OrderOptions } from "./order-options";
import { leftOut, previewFacts } from "./words";

function useOrder(title: string, onDone: () => void) {
  const client = useQueryClient();
  const key = useRef(crypto.randomUUID());
  return useMutation({
    mutationFn: (order: DownloadOrder) => createDownload(order, key.current),
    onSuccess: ({ status }) => {
      toast(status === "waiting_approval" ? `${title}: the owner decides; you will be told.` : `${title}: in line.`, { tone: "good" });
      void client.invalidateQueries({ queryKey: downloadKeys.all });
      onDone();
    },
  });
}

interface PreviewCardProps {
  url: string;
  asPlaylist: boolean;
  preview: Preview;
  /** Offered where the address names a playlist besides the video. */
  onPlaylist?: () => void;
  onDone: () => void;
}

function firstOptions({ kind, presets, title }: Preview): Options {
  return {
    preset: presets.includes("1080p") ? "1080p" : (presets[0] ?? "best"),
    into: kind === "video" ? "nowhere" : "collection",
    collection: title,
    subtitles: [],
    sponsorblock: [],
    keepDays: 0,
  };
}

export function PreviewCard({ url, asPlaylist, preview, onPlaylist, onDone }: PreviewCardProps) {
  const many = preview.kind !== "video";
  const takeable = preview.entries.filter(canTake);
  const [options, setOptions] = useState(() => firstOptions(preview));
  const [choice, setChoice] = useState<Choice>(() => ({ chosen: new Set(takeable.map((entry) => entry.index)), range: "" }));
  const [following, setFollowing] = useState(false);
  const order = useOrder(preview.title, onDone);
  const id = useId();
  const all = !many || (choice.chosen.size === takeable.length && takeable.length === preview.entries.length);
  const start = () => order.mutate(orderOf(url, asPlaylist, options, { all, range: choice.range, positions: [...choice.chosen] }));
  const nothing = choice.chosen.size === 0 || !rangeHolds(choice, preview.entries);
  const out = leftOut(preview);
  return (
    <Card className="grid gap-4">
      <div>
        <h2 className="text-section font-semibold">{preview.title}</h2>
        <p className="text-sm text-text-2">{previewFacts(preview)}</p>
        {onPlaylist && (
          <Button size="small" variant="quiet" className="mt-1 -ml-3.5 text-link" onClick={onPlaylist}>
            Take its whole playlist instead
          </Button>
        )}
      </div>
      <OrderOptions options={options} presets={preview.presets} onChange={setOptions} />
      {many && !following && <EntryPicker entries={preview.entries} choice={choice} onChange={setChoice} />}
      {out && (
        <p className="flex items-start gap-2 text-sm text-text-2">
          <StateGlyph name="triangle" className="mt-px text-degraded" /> {out}
        </p>
      )}
      {order.error && <ProblemLine error={order.error} />}
      {following ? (
        <FollowForm url={url} title={preview.title} options={options} onDone={onDone} onCancel={() => setFollowing(false)} />
      ) : (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p id={`${id}-quota`} className="text-meta text-text-3">
            {takeable.length === 0 ? "There is nothing here to download." : nothing ? "Nothing is chosen." : `${size(preview.quota.used)} of ${size(preview.quota.limit)} used`}
          </p>
          <div className="flex flex-wrap justify-end gap-2 max-wide:w-full max-wide:*:flex-1">
            {many && <Button onClick={() => setFollowing(true)}>Follow…</Button>}
            <Button variant="primary" off={nothing || order.isPending} aria-describedby={`${id}-quota`} onClick={start}>
              {order.isPending ? "Sending…" : many ? `Download ${count(choice.chosen.size, "video")}` : "Download"}
            </Button>
          </div>
        </div>
      )}
    </Card>
  );
}
