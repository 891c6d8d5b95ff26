/** Whether the session ended under somebody's hands. The page stays; a dialog asks to sign in again. */
import { createStore } from "./store";

export const sessionEndedStore = createStore(false);
