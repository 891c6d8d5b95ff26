/** Tabs that are links: what is chosen lives in the address. */
export const tabLook =
  "inline-flex h-11 shrink-0 items-center gap-2 rounded-full border border-line px-4 text-sm font-medium text-text-2 transition-colors duration-120 hover:border-control hover:text-text aria-[current=page]:border-transparent aria-[current=page]:bg-accent-soft aria-[current=page]:text-text wide:h-9";
