import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";

import { createDownload, downloadKeys, type Order } from "@/api/downloads";
import type { Preset, Preview, PreviewEntry } from "@/api/models";
import { ProblemLine } from "@/components/notes";
import { StateGlyph } from "@/components/state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Choice, inputLook } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { count, size, span } from "@/lib/format";
import { toast } from "@/lib/toast";

import { leftOut, PRESETS, previewFacts } from "./words";

const MOST_PICKED = 5000;

const canTake = (entry: PreviewEntry) => entry.problem === null && !entry.already;

function EntryLine({ entry, chosen, onToggle }: { entry: PreviewEntry; chosen: boolean; onToggle: () => void }) {
  const note = entry.problem ?? (entry.already ? "You have it already." : null);
  return (
    <label className="flex min-h-11 items-center gap-3 py-1.5 text-sm [content-visibility:auto] [contain-intrinsic-size:auto_44px]">
      <input type="checkbox" className="size-5 shrink-0 accent-(--accent)" checked={chosen} disabled={!canTake(entry)} onChange={onToggle} />
      <span className="min-w-0 flex-1">
        <span className={cn("block truncate", !canTake(entry) && "text-text-3")}>
          {entry.index}. {entry.title}
        </span>
        {note && <span className="block text-meta text-text-3">{note}</span>}
      </span>
      {entry.duration !== null && <span className="text-meta text-text-3">{span(entry.duration)}</span>}
    </label>
  );
}

function EntryPicker({ entries, chosen, onChange }: { entries: PreviewEntry[]; chosen: Set<number>; onChange: (chosen: Set<number>) => void }) {
  const toggle = (index: number) => {
    const next = new Set(chosen);
    if (!next.delete(index)) next.add(index);
    onChange(next);
  };
  const all = entries.filter(canTake);
  return (
    <details>
      <summary className="inline-flex h-11 items-center rounded-control border border-control px-4 text-sm font-medium hover:bg-raised">
        {chosen.size} of {count(entries.length, "video")} · choose
      </summary>
      <div className="mt-2 flex gap-2">
        <Button size="small" variant="quiet" onClick={() => onChange(new Set(all.map((entry) => entry.index)))}>
          All
        </Button>
        <Button size="small" variant="quiet" onClick={() => onChange(new Set())}>
          None
        </Button>
      </div>
      <div className="max-h-80 divide-y divide-line overflow-y-auto">
        {entries.map((entry) => (
          <EntryLine key={entry.index} entry={entry} chosen={chosen.has(entry.index)} onToggle={() => toggle(entry.index)} />
        ))}
      </div>
    </details>
  );
}

type Into = "collection" | "playlist" | "nowhere";

function useOrder(title: string, onDone: () => void) {
  const client = useQueryClient();
  const key = useRef(crypto.randomUUID());
  return useMutation({
    mutationFn: (order: Order) => createDownload(order, key.current),
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

export function PreviewCard({ url, asPlaylist, preview, onPlaylist, onDone }: PreviewCardProps) {
  const many = preview.kind !== "video";
  const takeable = preview.entries.filter(canTake);
  const [preset, setPreset] = useState<Preset>(preview.presets.includes("1080p") ? "1080p" : (preview.presets[0] ?? "best"));
  const [into, setInto] = useState<Into>(many ? "collection" : "nowhere");
  const [collection, setCollection] = useState(preview.title);
  const [chosen, setChosen] = useState(() => new Set(takeable.map((entry) => entry.index)));
  const order = useOrder(preview.title, onDone);
  const id = useId();
  const all = chosen.size === takeable.length && takeable.length === preview.entries.length;
  const start = () =>
    order.mutate({
      url,
      preset,
      as_playlist: asPlaylist,
      playlist: into === "playlist",
      collection: into === "collection" ? collection.trim() : "",
      ...(many && !all ? { items: [...chosen].sort((one, other) => one - other).slice(0, MOST_PICKED) } : {}),
    });
  const nothing = chosen.size === 0;
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
      <div className="flex flex-wrap items-end gap-3">
        <Choice
          label="Quality"
          value={preset}
          onChange={(event) => setPreset(event.target.value as Preset)}
          options={preview.presets.map((value) => ({ value, label: PRESETS[value] }))}
        />
        <Choice
          label="Put into"
          value={into}
          onChange={(event) => setInto(event.target.value as Into)}
          options={[
            { value: "collection", label: "A collection in Plex" },
            { value: "playlist", label: "My own playlist in Plex" },
            { value: "nowhere", label: "Just the library" },
          ]}
        />
        {into === "collection" && (
          <div className="grid min-w-48 flex-1 gap-1">
            <label htmlFor={id} className="text-meta text-text-3">
              Name of the collection
            </label>
            <input id={id} value={collection} maxLength={200} onChange={(event) => setCollection(event.target.value)} className={inputLook} />
          </div>
        )}
      </div>
      {many && <EntryPicker entries={preview.entries} chosen={chosen} onChange={setChosen} />}
      {out && (
        <p className="flex items-start gap-2 text-sm text-text-2">
          <StateGlyph name="triangle" className="mt-px text-degraded" /> {out}
        </p>
      )}
      {order.error && <ProblemLine error={order.error} />}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p id={`${id}-quota`} className="text-meta text-text-3">
          {nothing ? "There is nothing here to download." : `${size(preview.quota.used)} of ${size(preview.quota.limit)} used`}
        </p>
        <Button variant="primary" className="max-wide:w-full" off={nothing || order.isPending} aria-describedby={`${id}-quota`} onClick={start}>
          {order.isPending ? "Sending…" : many ? `Download ${count(chosen.size, "video")}` : "Download"}
        </Button>
      </div>
    </Card>
  );
}
