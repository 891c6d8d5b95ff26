/** What went wrong with a call, in words a person can use. */

export interface ProblemFields {
  status: number;
  code: string;
  detail: string;
  correlationId: string | null;
  /** Seconds until another try makes sense, when the server said so. */
  retryAfter: number | null;
  /** Messages by field name, for forms. */
  fields: Record<string, string>;
  /** What else the answer holds, for who knows the code. */
  extra: Record<string, unknown>;
}

const OUR_FAULT = "This did not work, and it is our fault. Try again; if it stays, send the owner this id.";
const NO_ANSWER = "MediaNest did not answer. Check your connection, or try again in a moment.";
const OFFLINE = "You are offline. This works again when you are connected.";
const TOO_SLOW = "This took too long, so we stopped waiting. Try again.";

export class Problem extends Error implements ProblemFields {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly correlationId: string | null;
  readonly retryAfter: number | null;
  readonly fields: Record<string, string>;
  readonly extra: Record<string, unknown>;

  constructor(fields: Partial<ProblemFields> & { detail: string }) {
    super(fields.detail);
    this.name = "Problem";
    this.status = fields.status ?? 0;
    this.code = fields.code ?? "UNKNOWN";
    this.detail = fields.detail;
    this.correlationId = fields.correlationId ?? null;
    this.retryAfter = fields.retryAfter ?? null;
    this.fields = fields.fields ?? {};
    this.extra = fields.extra ?? {};
  }

  /** Whether the same call may go better later without anybody changing anything. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function fieldMessages(errors: unknown): Record<string, string> {
  if (!Array.isArray(errors)) return {};
  const messages: Record<string, string> = {};
  for (const error of errors) {
    if (!isRecord(error)) continue;
    const field = text(error.path)?.split(".").at(-1);
    const message = text(error.message);
    if (field && message) messages[field] = message;
  }
  return messages;
}

/** Seconds of a `Retry-After` header, which holds a number or a date. */
export function retryAfterSeconds(header: string | null, now: number): number | null {
  if (!header) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.round((date - now) / 1000));
}

/** Read a refused answer; whatever its body is, there is always a sentence. */
export function readProblem(status: number, body: unknown, retryAfter: string | null, now = Date.now()): Problem {
  const fields = isRecord(body) ? body : {};
  return new Problem({
    status,
    code: text(fields.code) ?? `HTTP_${status}`,
    detail: text(fields.detail) ?? OUR_FAULT,
    correlationId: text(fields.correlation_id),
    retryAfter: retryAfterSeconds(retryAfter, now),
    fields: fieldMessages(fields.errors),
    extra: fields,
  });
}

/** Any thrown thing as a problem: a call that got no answer, or a fault of this page. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DOMException && error.name === "TimeoutError") return new Problem({ code: "TIMEOUT", detail: TOO_SLOW });
  if (error instanceof TypeError) {
    const offline = typeof navigator !== "undefined" && navigator.onLine === false;
    return new Problem({ code: offline ? "OFFLINE" : "NO_ANSWER", detail: offline ? OFFLINE : NO_ANSWER });
  }
  return new Problem({ code: "PAGE", detail: OUR_FAULT });
}

/** An id short enough to read out: the first eight signs in two groups. */
export function shortId(correlationId: string): string {
  return `${correlationId.slice(0, 4)}-${correlationId.slice(4, 8)}`;
}
