/** An open request dialog is an address too, so that Back closes it on a phone. */

export interface AskSearch {
  ask?: boolean;
}

export function askSearch(search: Record<string, unknown>): AskSearch {
  return search.ask === true || search.ask === 1 || search.ask === "1" ? { ask: true } : {};
}
