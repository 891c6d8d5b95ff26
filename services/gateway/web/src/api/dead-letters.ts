/** Messages that a part of the suite could not handle; each part keeps its own, here they are one list. */
import { queryOptions } from "@tanstack/react-query";

import { asProblem } from "@/lib/problem";

import { api, take } from "./client";
import type { DeadLetter } from "./models";

export const DOMAINS = ["auth", "requests", "downloads", "status"] as const;
export type Domain = (typeof DOMAINS)[number];

export interface Letter extends DeadLetter {
  domain: Domain;
}

export interface Letters {
  items: Letter[];
  total: number;
  /** Parts that did not answer, and why. */
  silent: { domain: Domain; because: string }[];
}

export const letterKeys = { all: ["dead-letters"] as const };

async function lettersOf(domain: Domain, signal: AbortSignal): Promise<Letters> {
  try {
    const { items, total } = await take(api.GET(`/api/v1/${domain}/dead-letters`, { params: { query: { limit: 100 } }, signal }));
    return { items: items.map((letter) => ({ ...letter, domain })), total, silent: [] };
  } catch (error) {
    return { items: [], total: 0, silent: [{ domain, because: asProblem(error).detail }] };
  }
}

/** One list of all, the longest waiting first. */
export function merged(parts: Letters[]): Letters {
  return {
    items: parts.flatMap((part) => part.items).sort((one, other) => Date.parse(one.failed_at) - Date.parse(other.failed_at)),
    total: parts.reduce((sum, part) => sum + part.total, 0),
    silent: parts.flatMap((part) => part.silent),
  };
}

export const lettersOptions = queryOptions({
  queryKey: letterKeys.all,
  queryFn: async ({ signal }) => merged(await Promise.all(DOMAINS.map((domain) => lettersOf(domain, signal)))),
});

const at = ({ id }: Letter) => ({ params: { path: { letter_id: id } } });

export const rerunLetter = (letter: Letter) => take(api.POST(`/api/v1/${letter.domain}/dead-letters/{letter_id}/rerun`, at(letter)));
export const dropLetter = (letter: Letter) => take(api.DELETE(`/api/v1/${letter.domain}/dead-letters/{letter_id}`, at(letter)));
