/** The one way to the API: same origin, with a deadline, the CSRF token, and problems as errors. */
import createClient, { type Middleware } from "openapi-fetch";

import { basePath } from "@/lib/base-path";
import { CSRF_HEADER, csrfToken, isUnsafe } from "@/lib/csrf";
import { asProblem, readProblem } from "@/lib/problem";

import type { paths } from "./generated/schema";

/** Looking behind a link is the slowest call; the gateway gives up before this. */
const DEADLINE_MS = 60_000;

let onUnauthorized: () => void = () => undefined;

/** Have `listener` called whenever the gateway says that there is no session (any more). */
export function watchUnauthorized(listener: () => void) {
  onUnauthorized = listener;
}

const session: Middleware = {
  onRequest({ request }) {
    const token = isUnsafe(request.method) ? csrfToken(document.cookie) : null;
    if (token) request.headers.set(CSRF_HEADER, token);
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) onUnauthorized();
    return undefined;
  },
};

export const api = createClient<paths>({
  baseUrl: basePath,
  credentials: "same-origin",
  // What the browser keeps would hide a change that the live connection has just told us of.
  cache: "no-cache",
  fetch: (request) => fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(DEADLINE_MS)]) }),
});
api.use(session);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a good answer; anything else is thrown as a `Problem`. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    throw asProblem(error);
  }
  const { response } = answer;
  if (!response.ok) throw readProblem(response.status, answer.error, response.headers.get("Retry-After"));
  return answer.data as T;
}
