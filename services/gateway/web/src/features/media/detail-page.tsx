import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import { detailOptions } from "@/api/media";
import type { MediaDetail, MediaType, Season } from "@/api/models";
import { AsOf } from "@/components/notes";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel } from "@/components/panel";
import { Art } from "@/components/poster";
import { QuotaLine } from "@/components/quota-line";
import { StateWord } from "@/components/state";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { useCanSend } from "@/features/requests/request-row";
import { basePath } from "@/lib/base-path";
import { count, span } from "@/lib/format";
import { may, useMe } from "@/features/session/me";
import { AVAILABILITY, requestLook } from "@/lib/states";

import { openSeasons } from "./seasons";

const loadDialog = () => import("./request-dialog");
const RequestDialog = lazy(loadDialog);

function facts(media: MediaDetail): string {
  const regular = media.seasons.filter((season) => season.season_number > 0).length;
  return [
    media.media_type === "tv" ? "Series" : "Film",
    media.genres.slice(0, 3).join(", "),
    regular > 0 && count(regular, "season"),
    media.runtime && `${span(media.runtime * 60)}${media.media_type === "tv" ? " an episode" : ""}`,
    media.vote_average ? `${media.vote_average.toFixed(1)} of 10` : null,
  ]
    .filter(Boolean)
    .join(" · ");
}

function Standing({ media }: { media: MediaDetail }) {
  const canSend = useCanSend();
  const decider = may(useMe(), "system:manage");
  const look = media.request ? requestLook(media.request.status, canSend, decider) : AVAILABILITY[media.availability];
  if (!look) return null;
  return (
    <p className="flex flex-wrap items-center gap-x-3">
      <StateWord look={look} className="text-base" />
      {media.request && (
        <Link to="/requests/$id" params={{ id: media.request.id }} className="py-2 text-sm text-link hover:underline">
          Your request
        </Link>
      )}
    </p>
  );
}

function askLabel(media: MediaDetail): string {
  const open = openSeasons(media.seasons);
  if (media.media_type === "movie") return "Ask for this film";
  return open.length === 1 && open[0] ? `Ask for season ${open[0].season_number}` : "Ask for seasons";
}

function AskButton({ media, onAsk }: { media: MediaDetail; onAsk: () => void }) {
  const { ok, because } = media.allowed.request;
  return (
    <div className="grid justify-items-start gap-1.5">
      <Button variant="primary" size="large" off={!ok} aria-describedby="ask-because" onPointerEnter={() => void loadDialog()} onFocus={() => void loadDialog()} onClick={onAsk}>
        {askLabel(media)}
      </Button>
      {ok ? (
        <QuotaLine quota={media.quota} id="ask-because" />
      ) : (
        <p id="ask-because" className="text-sm text-text-2">
          {because}
        </p>
      )}
    </div>
  );
}

function SeasonRow({ season }: { season: Season }) {
  const look = season.requested && season.availability === "unknown" ? AVAILABILITY.requested : AVAILABILITY[season.availability];
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-x-3 py-2">
      <span className="font-medium">{season.name}</span>
      <span className="text-meta text-text-3">
        {[season.episode_count !== null && count(season.episode_count, "episode"), season.air_date?.slice(0, 4)].filter(Boolean).join(" · ")}
      </span>
      <span className="ml-auto">{look ? <StateWord look={look} /> : <span className="text-sm text-text-3">Not in Plex</span>}</span>
    </li>
  );
}

function Backdrop({ url }: { url: string | null }) {
  if (!url) return null;
  return (
    <div aria-hidden className="absolute -inset-x-4 -top-2 -z-10 h-72 overflow-hidden wide:-inset-x-7 wide:-top-3 wide:h-96">
      <img src={`${basePath}${url}?width=1280`} alt="" width={1280} height={720} fetchPriority="low" className="size-full object-cover object-top opacity-25" />
      <div className="absolute inset-0 bg-linear-to-b from-bg/40 to-bg" />
    </div>
  );
}

interface DetailProps {
  media: MediaDetail;
  asking: boolean;
  onAsk: () => void;
  onClose: () => void;
}

function Detail({ media, asking, onAsk, onClose }: DetailProps) {
  return (
    <div className="relative isolate">
      <Backdrop url={media.backdrop_url} />
      <div className="grid grid-cols-[112px_minmax(0,1fr)] gap-x-4 gap-y-6 pt-6 wide:grid-cols-[220px_minmax(0,1fr)] wide:gap-x-8 wide:pt-16">
        <Art title={media.title} url={media.poster_url} type={media.media_type} eager className="self-start shadow-lift wide:row-span-2" />
        <div className="grid content-end gap-3 wide:content-start">
          <PageTitle>
            {media.title} {media.year !== null && <span className="font-normal text-text-2">({media.year})</span>}
          </PageTitle>
          <p className="text-sm text-text-2">
            {facts(media)} <AsOf at={media.as_of} stale={media.stale} />
          </p>
          <Standing media={media} />
        </div>
        <div className="col-span-2 grid content-start gap-6 wide:col-span-1">
          {(media.allowed.request.ok || media.availability !== "available") && <AskButton media={media} onAsk={onAsk} />}
          {media.overview && <p className="max-w-[68ch]">{media.overview}</p>}
          {media.seasons.length > 0 && (
            <Section title="Seasons" className="max-w-3xl">
              <RowCard>
                {media.seasons.map((season) => (
                  <SeasonRow key={season.season_number} season={season} />
                ))}
              </RowCard>
            </Section>
          )}
        </div>
      </div>
      {asking && (
        <Suspense>
          <RequestDialog media={media} onClose={onClose} />
        </Suspense>
      )}
    </div>
  );
}

interface DetailPageProps {
  type: MediaType;
  id: number;
  asking: boolean;
  onAsk: () => void;
  onClose: () => void;
}

export function DetailPage({ type, id, ...rest }: DetailPageProps) {
  const query = useQuery(detailOptions(type, id));
  usePageTitle(query.data?.title ?? (type === "tv" ? "Series" : "Film"));
  const skeleton = (
    <div className="grid grid-cols-[112px_minmax(0,1fr)] gap-6 pt-6 wide:grid-cols-[220px_minmax(0,1fr)] wide:pt-16">
      <div className="skeleton aspect-2/3" />
      <div className="skeleton h-24" />
    </div>
  );
  return (
    <Panel query={query} failed="This title could not be read." skeleton={skeleton}>
      {(media) => <Detail media={media} {...rest} />}
    </Panel>
  );
}
