import { useNavigate, useRouterState } from "@tanstack/react-router";
import { Search, X } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";

const TYPING_MS = 350;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

/** Search from anywhere: `/` or Ctrl-K comes here, Escape gives the focus back. */
export function SearchBox() {
  const navigate = useNavigate();
  const asked = useRouterState({ select: (state) => String((state.location.search as { q?: unknown }).q ?? "") });
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const [words, setWords] = useState(asked);
  const input = useRef<HTMLInputElement>(null);
  const opener = useRef<Element | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  useEffect(() => {
    if (document.activeElement !== input.current) setWords(asked);
  }, [asked]);

  // Who goes elsewhere right after typing is not fetched back.
  useEffect(() => () => clearTimeout(timer.current), [pathname]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const slash = event.key === "/" && !isTyping(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey;
      const palette = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
      if (!slash && !palette) return;
      event.preventDefault();
      opener.current = document.activeElement;
      input.current?.select();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  const go = (value: string, replace: boolean) => {
    clearTimeout(timer.current);
    if (value.trim() !== "" || asked !== "") void navigate({ to: "/search", search: { q: value.trim() }, replace });
  };
  const type = (value: string) => {
    setWords(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => go(value, asked !== ""), TYPING_MS);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go(words, false);
  };

  return (
    <form role="search" onSubmit={submit} className="relative max-w-160 min-w-0 flex-1">
      <Search aria-hidden className="pointer-events-none absolute top-3 left-3.5 size-5 text-text-3" />
      <input
        ref={input}
        type="search"
        aria-label="Search films and series"
        aria-keyshortcuts="/ Control+K"
        placeholder="Search films and series"
        autoComplete="off"
        enterKeyHint="search"
        maxLength={200}
        value={words}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && opener.current instanceof HTMLElement) opener.current.focus();
        }}
        className="h-11 w-full rounded-[10px] border border-control bg-surface pr-12 pl-11 text-base text-ellipsis placeholder:text-text-3 [&::-webkit-search-cancel-button]:hidden"
      />
      {words === "" ? (
        <kbd aria-hidden className="absolute top-2.5 right-3.5 rounded-bar border border-line px-1.5 font-mono text-micro text-text-3 max-wide:hidden">
          /
        </kbd>
      ) : (
        <button
          type="button"
          aria-label="Clear the search"
          className="absolute top-0 right-0 grid size-11 place-items-center text-text-2"
          onClick={() => {
            type("");
            input.current?.focus();
          }}
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </form>
  );
}
