/** Asking for a title: what exactly, whether it is possible, and what happens next. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";

import { mediaKeys } from "@/api/media";
import type { MediaDetail, Season } from "@/api/models";
import { createRequest, requestKeys } from "@/api/requests";
import { Banner, ProblemLine } from "@/components/notes";
import { quotaText } from "@/components/quota-line";
import { StateWord } from "@/components/state";
import { Button } from "@/components/ui/button";
import Sheet from "@/components/ui/sheet";
import { useCanSend } from "@/features/requests/request-row";
import { useMe } from "@/features/session/me";
import { count, seasons as seasonWords } from "@/lib/format";
import { AVAILABILITY } from "@/lib/states";
import { toast } from "@/lib/toast";

import { openSeasons } from "./seasons";

const box = "size-5 shrink-0 accent-(--accent)";

function SeasonLine({ season, chosen, onToggle }: { season: Season; chosen: boolean; onToggle: () => void }) {
  const open = openSeasons([season]).length > 0;
  const look = season.requested && season.availability === "unknown" ? AVAILABILITY.requested : AVAILABILITY[season.availability];
  return (
    <label className="flex min-h-11 items-center gap-3 py-1.5">
      <input type="checkbox" className={box} checked={chosen} disabled={!open} onChange={onToggle} />
      <span className="min-w-0 flex-1">
        {season.name}
        {season.episode_count !== null && <span className="ml-2 text-meta text-text-3">{count(season.episode_count, "episode")}</span>}
      </span>
      {look && <StateWord look={look} />}
    </label>
  );
}

function SeasonPicker({ seasons, chosen, onChange }: { seasons: Season[]; chosen: number[]; onChange: (chosen: number[]) => void }) {
  const open = openSeasons(seasons);
  const all = open.length > 0 && chosen.length === open.length;
  const toggle = (number: number) => onChange(chosen.includes(number) ? chosen.filter((one) => one !== number) : [...chosen, number]);
  return (
    <fieldset>
      <legend className="sr-only">Seasons</legend>
      {open.length > 1 && (
        <label className="flex min-h-11 items-center gap-3 border-b border-line font-medium">
          <input type="checkbox" className={box} checked={all} onChange={() => onChange(all ? [] : open.map((season) => season.season_number))} />
          All that can be asked for
        </label>
      )}
      {seasons.map((season) => (
        <SeasonLine key={season.season_number} season={season} chosen={chosen.includes(season.season_number)} onToggle={() => toggle(season.season_number)} />
      ))}
    </fieldset>
  );
}

function useAsk(media: MediaDetail, onDone: () => void) {
  const client = useQueryClient();
  const key = useRef(crypto.randomUUID());
  return useMutation({
    mutationFn: (seasons: number[]) => {
      const wish = { media_type: media.media_type, tmdb_id: media.tmdb_id, title: media.title, is_4k: false };
      return createRequest(media.media_type === "tv" ? { ...wish, seasons } : wish, key.current);
    },
    onSuccess: (request) => {
      toast(request.status === "pending" ? "Asked. The owner decides; you will be told." : "Asked and approved. You will be told when it is in Plex.", { tone: "good" });
      void client.invalidateQueries({ queryKey: requestKeys.all });
      void client.invalidateQueries({ queryKey: mediaKeys.all });
      onDone();
    },
  });
}

/** Why asking is not possible now, or null. */
function hindrance(media: MediaDetail, chosen: number[]): string | null {
  if (!media.allowed.request.ok) return media.allowed.request.because ?? "This is not possible now.";
  const { used, limit } = media.quota;
  if (limit !== null && used >= limit) return quotaText(media.quota);
  return media.media_type === "tv" && media.seasons.length > 0 && chosen.length === 0 ? "Choose a season." : null;
}

export default function RequestDialog({ media, onClose }: { media: MediaDetail; onClose: () => void }) {
  const [chosen, setChosen] = useState(() => openSeasons(media.seasons).map((season) => season.season_number));
  const ask = useAsk(media, onClose);
  const me = useMe();
  const canSend = useCanSend();
  const because = hindrance(media, chosen);
  const reasonId = useId();
  const what = media.media_type === "tv" && chosen.length > 0 ? seasonWords(chosen) : "this film";
  const decides = me?.switches.auto_approve || me?.role === "admin" ? "approved at once" : "the owner decides";
  const foot = (
    <>
      <p id={reasonId} className="self-center text-meta text-text-3 max-wide:basis-full! wide:flex-1">
        {because ?? [quotaText(media.quota), decides].filter(Boolean).join(" · ")}
      </p>
      <Button onClick={onClose}>Cancel</Button>
      <Button variant="primary" off={because !== null || ask.isPending} aria-describedby={reasonId} onClick={() => ask.mutate(chosen)}>
        {ask.isPending ? "Sending…" : media.media_type === "tv" && chosen.length === 0 ? "Ask" : `Ask for ${what}`}
      </Button>
    </>
  );
  return (
    <Sheet title={`Ask for ${media.title}`} onClose={onClose} foot={foot}>
      <div className="grid gap-3 pb-4">
        {media.media_type === "tv" && media.seasons.length > 0 ? (
          <SeasonPicker seasons={media.seasons} chosen={chosen} onChange={setChosen} />
        ) : (
          <p className="text-text-2">{[media.year, media.genres.slice(0, 3).join(", ")].filter(Boolean).join(" · ")}</p>
        )}
        {!canSend && (
          <Banner tone="limited" title="Overseerr is away right now">
            What you ask for is kept, and sent when it is back.
          </Banner>
        )}
        {ask.error && <ProblemLine error={ask.error} />}
      </div>
    </Sheet>
  );
}
