/** The token that proves to the gateway that a change was asked for by our own page. */
const NAMES = ["__Host-medianest_csrf", "medianest_csrf"];

export const CSRF_HEADER = "X-CSRF-Token";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

export function isUnsafe(method: string): boolean {
  return !SAFE.has(method.toUpperCase());
}

/** The token out of a `document.cookie` text, or null; the name with a prefix wins, since nobody else can plant it. */
export function csrfToken(cookies: string): string | null {
  const pairs = cookies.split(";").map((pair) => pair.trim());
  for (const name of NAMES) {
    const pair = pairs.find((one) => one.startsWith(`${name}=`));
    if (pair) return decodeURIComponent(pair.slice(name.length + 1));
  }
  return null;
}
