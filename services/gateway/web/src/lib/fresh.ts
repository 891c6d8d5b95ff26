/** Some changes ask for a sign-in of the last half hour: what was meant is kept until that is done. */
import { asProblem } from "./problem";
import { createStore } from "./store";

export const freshStore = createStore<(() => void) | null>(null);

/** Keep `again` for after the sign-in, if that is all that was missing. */
export function wantsFreshSignIn(error: unknown, again: () => void): boolean {
  if (asProblem(error).code !== "FRESH_SIGN_IN_REQUIRED") return false;
  // A function as the next value would be called by the store.
  freshStore.set(() => again);
  return true;
}
