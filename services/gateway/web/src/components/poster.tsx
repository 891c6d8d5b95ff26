/** Posters: a picture with a name under it, always; a badge says where the title stands. */
import { Link } from "@tanstack/react-router";
import { Clapperboard, Tv } from "lucide-react";
import { type ReactNode, useState } from "react";

import type { MediaType } from "@/api/models";
import { basePath } from "@/lib/base-path";
import { cn } from "@/lib/cn";
import { plateStyle } from "@/lib/plate";
import { BADGE_TONE, type Look } from "@/lib/states";

import { StateGlyph } from "./state";

export function Badge({ look }: { look: Look }) {
  return (
    <span className="absolute bottom-2 left-2 flex max-w-[calc(100%-16px)] items-center gap-1 rounded-[6px] bg-badge py-[3px] pr-2 pl-1.5 text-micro font-semibold text-badge-text [--glyph-cut:oklch(0.16_0.01_270)]">
      <StateGlyph name={look.glyph} className={cn("size-3.5", BADGE_TONE[look.tone])} />
      <span className="truncate">{look.short ?? look.word}</span>
    </span>
  );
}

interface ArtProps {
  title: string;
  url: string | null;
  type: MediaType;
  eager?: boolean;
  className?: string;
}

/** The picture alone; without one, or when it does not come, a plate of the same size. */
export function Art({ title, url, type, eager, className }: ArtProps) {
  const [broken, setBroken] = useState(false);
  const Plate = type === "tv" ? Tv : Clapperboard;
  return (
    <span className={cn("relative block aspect-2/3 overflow-hidden rounded-control bg-raised", className)} style={url && !broken ? undefined : plateStyle(title)}>
      {url && !broken ? (
        <img
          src={`${basePath}${url}`}
          alt=""
          width={342}
          height={513}
          loading={eager ? "eager" : "lazy"}
          fetchPriority={eager ? "high" : "auto"}
          decoding="async"
          onError={() => setBroken(true)}
          className="absolute inset-0 size-full object-cover"
        />
      ) : (
        <span aria-hidden className="absolute inset-0 grid place-items-center text-badge-text/70">
          <Plate className="size-1/3 max-w-10" strokeWidth={1.4} />
        </span>
      )}
      <span aria-hidden className="absolute inset-0 rounded-[inherit] inset-ring inset-ring-line" />
    </span>
  );
}

interface PosterProps {
  title: string;
  meta: string;
  url: string | null;
  type: MediaType;
  tmdbId: number | null;
  look: Look | null;
  eager?: boolean;
  action?: ReactNode;
}

export function Poster({ title, meta, url, type, tmdbId, look, eager, action }: PosterProps) {
  const face = (
    <>
      <span className="relative block transition-transform duration-120 group-hover:-translate-y-0.5">
        <Art title={title} url={url} type={type} eager={eager} />
        {look && <Badge look={look} />}
      </span>
      <span className="mt-2 line-clamp-2 text-sm leading-tight font-medium group-hover:text-link">{title}</span>
      <span className="mt-0.5 block text-meta text-text-3">{meta}</span>
    </>
  );
  return (
    <li className="flex min-w-0 flex-col">
      {tmdbId === null ? (
        <div className="group block flex-1">{face}</div>
      ) : (
        <Link to={type === "tv" ? "/tv/$id" : "/movie/$id"} params={{ id: String(tmdbId) }} className="group block flex-1 rounded-control">
          {face}
        </Link>
      )}
      {action && <div className="mt-2">{action}</div>}
    </li>
  );
}

export function PosterSkeletons({ count }: { count: number }) {
  return (
    <div className="posters">
      {Array.from({ length: count }, (_, index) => (
        <div key={index}>
          <div className="skeleton aspect-2/3" />
          <div className="skeleton mt-2 h-4 w-4/5" />
        </div>
      ))}
    </div>
  );
}
