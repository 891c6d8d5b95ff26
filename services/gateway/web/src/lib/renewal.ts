/** A page that was open while MediaNest was updated: what it still wants to load is gone, so it loads anew, once. */
const KEY = "medianest-renewed-at";
const AGAIN_AFTER_MS = 60_000;

export function renewWhenReplaced() {
  window.addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < AGAIN_AFTER_MS) return;
    event.preventDefault();
    sessionStorage.setItem(KEY, String(Date.now()));
    location.reload();
  });
}
