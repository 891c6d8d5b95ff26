/** What the health of the services means, in sentences with their times. */
import type { Abilities, Headline, Service, StatusDocument } from "@/api/models";
import { moment, span, when } from "@/lib/format";
import { SERVICE } from "@/lib/states";

/** Put the times that the server left out into its first sentence: "Plex is down since 12:03. You cannot watch now." */
export function headlineTitle({ title, since, until }: Pick<Headline, "title" | "since" | "until">): string {
  const time = until ? ` until about ${moment(until)}` : since && title.includes(" is down.") ? ` since ${when(since)}` : "";
  return time === "" ? title : title.replace(/ (is down|pause|is being worked on)\./, ` $1${time}.`);
}

/** The second line; what is behind the first one has its time here when the first has none. */
export function headlineDetail({ headline, abilities, as_of, stale }: StatusDocument): string {
  if (stale && as_of) return headline.detail.replace("When last seen", `As of ${when(as_of)}`);
  const request = abilities.request;
  if (headline.title.includes("New requests wait") && request.because) return `${since(request)} ${headline.detail}`.trim();
  return headline.detail;
}

function since(ability: Abilities["request"]): string {
  const first = ability.because?.split(". ")[0]?.replace(/\.$/, "") ?? "";
  return ability.since ? `${first} since ${when(ability.since)}.` : `${first}.`;
}

/** Beside the state's word: whose trouble it is part of, how long it has held, or what the service says itself. */
export function serviceNote(service: Service, all: Service[], now = Date.now()): string {
  const cause = all.find((one) => one.service_id === service.behind);
  if (cause) return `because of ${cause.name}`;
  if (service.health === "up") {
    const seconds = (now - Date.parse(service.since)) / 1000;
    return seconds < 60 ? "just now" : `for ${span(seconds)}`;
  }
  if (service.health === "degraded" && service.message) return service.message;
  return `since ${when(service.since, now)}`;
}

export function responseText(service: Service): string {
  if (service.response_ms !== null) return `${service.response_ms} ms`;
  return service.health === "down" ? "no answer" : "–";
}

/** For the pill that is on every page: "All 4 up", "Requests wait". */
export function pillText({ items, abilities, headline }: StatusDocument): { title: string; detail: string } {
  const up = items.filter((service) => service.health === "up").length;
  const detail = `${up} of ${items.length} services up`;
  if (items.length === 0) return { title: SERVICE.unknown.word, detail: "Nothing is connected yet" };
  if (!abilities.watch.ok) return { title: "You cannot watch now", detail };
  if (!abilities.request.ok) return { title: "Requests wait", detail };
  if (!abilities.download.ok) return { title: "Downloads pause", detail };
  if (up === items.length) return { title: `All ${items.length} up`, detail: "Watch, ask and download" };
  return { title: headline.health === "up" ? "All you need is up" : SERVICE[headline.health].word, detail };
}

const WATCHED_ELSEWHERE = "kuma."; // how the ids of Uptime Kuma's own monitors begin
const MOST_ON_HOME = 8;

export function isOwn(service: Pick<Service, "service_id">): boolean {
  return !service.service_id.startsWith(WATCHED_ELSEWHERE);
}

/** For the first page: what MediaNest stands on, and of the rest only what is in trouble of its own. */
export function foremostServices(services: Service[]): Service[] {
  const troubled = (service: Service) => service.behind === null && (service.health === "down" || service.health === "degraded");
  return [...services.filter(isOwn), ...services.filter((service) => !isOwn(service) && troubled(service))].slice(0, MOST_ON_HOME);
}
