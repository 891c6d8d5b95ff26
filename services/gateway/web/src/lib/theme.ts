/** The look somebody chose; `public/theme.js` sets it before the first paint, this changes it later. */
import { createStore } from "./store";

export type Theme = "dark" | "light" | "system";

const KEY = "medianest-theme";
const systemLight = () => matchMedia("(prefers-color-scheme: light)");

function stored(): Theme {
  try {
    const choice = localStorage.getItem(KEY);
    return choice === "light" || choice === "system" ? choice : "dark";
  } catch {
    return "dark";
  }
}

export const themeStore = createStore<Theme>(stored());

function apply(theme: Theme) {
  const light = theme === "light" || (theme === "system" && systemLight().matches);
  document.documentElement.className = light ? "light" : "dark";
}

export function chooseTheme(theme: Theme) {
  themeStore.set(theme);
  apply(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // A browser that forbids storage still shows the chosen look until the page is left.
  }
}

export function followSystemTheme() {
  systemLight().addEventListener("change", () => apply(themeStore.get()));
}
