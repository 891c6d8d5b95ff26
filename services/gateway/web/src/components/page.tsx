/** The frame of a page: its title, which takes the focus on navigation, and its sections. */
import { type ReactNode, useEffect, useRef } from "react";

import { cn } from "@/lib/cn";

let firstPage = true;

/** Name the page in the tab. */
export function usePageTitle(title: string) {
  useEffect(() => {
    document.title = title === "" ? "MediaNest" : `${title} · MediaNest`;
  }, [title]);
}

export function PageTitle({ children, className }: { children: ReactNode; className?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The first page of a visit leaves the focus to the browser.
    if (!firstPage) heading.current?.focus({ preventScroll: true });
    firstPage = false;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className={cn("text-title-phone font-[650] tracking-[-0.01em] wide:text-title", className)}>
      {children}
    </h1>
  );
}

interface SectionProps {
  title: string;
  aside?: ReactNode;
  link?: ReactNode;
  children: ReactNode;
  className?: string;
}

export function Section({ title, aside, link, children, className }: SectionProps) {
  return (
    <section className={cn("min-w-0", className)}>
      <header className="mb-3 flex min-h-8 flex-wrap items-baseline gap-x-3">
        <h2 className="text-section font-semibold">{title}</h2>
        {aside && <span className="text-meta text-text-3">{aside}</span>}
        {link && <span className="ml-auto text-sm text-link [&>a]:-my-2 [&>a]:inline-block [&>a]:py-2 [&>a:hover]:underline">{link}</span>}
      </header>
      {children}
    </section>
  );
}
