/** What is wished of a download: quality, where it goes, what comes along, which of its videos. */
import type { DownloadOrder, Preset, SponsorBlockCategory } from "@/api/models";

export type Into = "collection" | "playlist" | "both" | "nowhere";

export const INTO: Record<Into, string> = {
  collection: "A collection in Plex",
  playlist: "My own playlist in Plex",
  both: "Both",
  nowhere: "Just the library",
};

export interface Options {
  preset: Preset;
  into: Into;
  collection: string;
  subtitles: string[];
  sponsorblock: SponsorBlockCategory[];
  /** Days it is kept; 0: for good. */
  keepDays: number;
}

export const KEEP: { value: number; label: string }[] = [
  { value: 0, label: "For good" },
  { value: 7, label: "7 days" },
  { value: 30, label: "30 days" },
  { value: 90, label: "90 days" },
  { value: 365, label: "A year" },
];

export const LANGUAGES: Record<string, string> = {
  en: "English",
  de: "German",
  fr: "French",
  es: "Spanish",
  it: "Italian",
  nl: "Dutch",
  pl: "Polish",
  "pt-BR": "Portuguese (Brazil)",
};

export const SPONSORBLOCK: Record<SponsorBlockCategory, string> = {
  sponsor: "Sponsors",
  selfpromo: "Own promotion",
  interaction: "“Like and subscribe”",
  intro: "Intro",
  outro: "Outro",
  preview: "Previews and recaps",
  hook: "Teasers",
  filler: "Digressions and jokes",
  music_offtopic: "Talk in music videos",
};

const SOUND = new Set<Preset>(["mp3", "m4a", "opus"]);

/** Whether a preset has no picture, so that subtitles mean nothing. */
export function isSound(preset: Preset): boolean {
  return SOUND.has(preset);
}

/** The languages typed in a field: "en, de" and spaces alike; null when one is none. */
export function parseLanguages(text: string): string[] | null {
  const codes = [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
  return codes.every((code) => /^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/.test(code)) ? codes : null;
}

/** The positions that "1-20,25,30-" names among those there are, or null when it cannot be read. */
export function parseRange(text: string, positions: readonly number[]): Set<number> | null {
  const found = new Set<number>();
  for (const part of text.split(",").map((one) => one.trim())) {
    const match = /^(\d{1,6})(?:(-)(\d{1,6})?)?$/.exec(part);
    if (!match) return null;
    const first = Number(match[1]);
    const last = match[3] ? Number(match[3]) : match[2] ? Infinity : first;
    if (first < 1 || last < first) return null;
    for (const position of positions) if (position >= first && position <= last) found.add(position);
  }
  return found;
}

/** The shared half of a download and a follow. */
export function wishesOf({ preset, into, collection, subtitles, sponsorblock }: Options) {
  return {
    preset,
    playlist: into === "playlist" || into === "both",
    collection: into === "collection" || into === "both" ? collection.trim() : "",
    subtitles: isSound(preset) ? [] : subtitles,
    sponsorblock,
  };
}

const MOST_PICKED = 5000;

export interface Picked {
  /** Everything that can be taken is. */
  all: boolean;
  range: string;
  positions: number[];
}

/** What to send for these wishes. */
export function orderOf(url: string, asPlaylist: boolean, options: Options, picked: Picked): DownloadOrder {
  const order: DownloadOrder = { url, as_playlist: asPlaylist, ...wishesOf(options) };
  if (options.keepDays > 0) order.keep_days = options.keepDays;
  if (picked.range) order.range = picked.range;
  else if (!picked.all) order.items = [...picked.positions].sort((one, other) => one - other).slice(0, MOST_PICKED);
  return order;
}

/** "English subtitles · without sponsors · 30 days": what is set besides quality and place. */
export function extrasLine({ preset, subtitles, sponsorblock, keepDays }: Pick<Options, "preset" | "subtitles" | "sponsorblock" | "keepDays">): string {
  const days = KEEP.find((one) => one.value === keepDays);
  return [
    subtitles.length > 0 && !isSound(preset) && `subtitles: ${subtitles.join(", ")}`,
    sponsorblock.length > 0 && `cut out: ${sponsorblock.map((one) => SPONSORBLOCK[one].toLowerCase()).join(", ")}`,
    keepDays > 0 && `kept ${days ? days.label.toLowerCase() : `${keepDays} days`}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
