/** What people read for something that the service knows by its address alone so far. */

const KINDS: Record<string, string> = { video: "Video", playlist: "Playlist", channel: "Channel" };

function hostOf(url: string): string {
  try {
    return new URL(url).hostname.replace(/^www\./, "");
  } catch {
    return url;
  }
}

/** With a title for people in place of the address: "Playlist from youtube.com". */
export function named<T extends { title: string; url: string; kind: string }>(one: T): T {
  return one.title === one.url ? { ...one, title: `${KINDS[one.kind] ?? "Link"} from ${hostOf(one.url)}` } : one;
}

export function allNamed<T extends { title: string; url: string; kind: string }, P extends { items: T[] }>(page: P): P {
  return { ...page, items: page.items.map(named) };
}
