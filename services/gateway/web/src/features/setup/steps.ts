/** The way through the first start: one question a step. */
export const STEPS = ["plex", "server", "requests", "status", "done"] as const;
export type SetupStep = (typeof STEPS)[number];

export const TITLES: Record<SetupStep, string> = {
  server: "Your Plex server",
  plex: "Your Plex account",
  requests: "Requests",
  status: "What else is up",
  done: "Done",
};

export function isStep(value: unknown): value is SetupStep {
  return STEPS.includes(value as SetupStep);
}

/** Neighbours of a step; the first has none before, the last none after. */
export function around(step: SetupStep): { before: SetupStep | null; after: SetupStep | null } {
  const index = STEPS.indexOf(step);
  return { before: STEPS[index - 1] ?? null, after: STEPS[index + 1] ?? null };
}
