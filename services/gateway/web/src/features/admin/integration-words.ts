/** What each kind of outside system is called, and what its form asks for. */
import type { IntegrationDraft, IntegrationKind, IntegrationStep } from "@/api/models";
import { asProblem } from "@/lib/problem";

export interface KindWords {
  name: string;
  what: string;
  address: string;
  /** What the secret is called; null where there is none. */
  secret: string | null;
  secretHint?: string;
}

export const KINDS: Record<IntegrationKind, KindWords> = {
  plex: {
    name: "Plex",
    what: "The library, and who may come in.",
    address: "http://plex.example:32400",
    secret: "Plex token of the owner",
    secretHint: "In Plex Web: any item, ⋯, Get info, View XML; it is the X-Plex-Token in the address.",
  },
  overseerr: { name: "Overseerr or Seerr", what: "Search, and requests for films and series.", address: "http://overseerr.example:5055", secret: "API key", secretHint: "In Overseerr: Settings, General." },
  uptime_kuma: { name: "Uptime Kuma", what: "Its monitors show beside ours.", address: "http://kuma.example:3001", secret: "API key", secretHint: "In Uptime Kuma: Settings, API Keys." },
  http: { name: "Any web address", what: "Is it up? Any answer below 400 counts.", address: "https://cloud.example/health", secret: null },
};

export interface IntegrationForm {
  name: string;
  url: string;
  secret: string;
  isPrivate: boolean;
}

/** What to send for a new one. */
export function draftOf(kind: IntegrationKind, form: IntegrationForm, force: boolean): IntegrationDraft {
  return {
    kind,
    url: form.url.trim(),
    force,
    private: form.isPrivate,
    ...(form.name.trim() ? { name: form.name.trim() } : {}),
    ...(form.secret.trim() ? { secret: form.secret.trim() } : {}),
  };
}

function isStep(value: unknown): value is IntegrationStep {
  return typeof value === "object" && value !== null && "label" in value && "ok" in value;
}

/** The steps of a refused saving, or null when something else was wrong. */
export function stepsOf(error: unknown): IntegrationStep[] | null {
  const { code, extra } = asProblem(error);
  if (code !== "INTEGRATION_TEST_FAILED" || !Array.isArray(extra.steps)) return null;
  const steps = extra.steps.filter(isStep);
  return steps.length > 0 ? steps : null;
}

/** Which kinds can still be added: there is one of each but for web addresses. */
export function addable(kinds: IntegrationKind[]): IntegrationKind[] {
  return (Object.keys(KINDS) as IntegrationKind[]).filter((kind) => kind === "http" || !kinds.includes(kind));
}
