/** The same five places for everybody, on every device. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Compass, Download, House, LibraryBig, ListPlus, ShieldCheck } from "lucide-react";

import { downloadsOptions } from "@/api/downloads";
import { requestsOptions } from "@/api/requests";
import { may, useMe } from "@/features/session/me";
import { cn } from "@/lib/cn";

const PLACES = [
  { to: "/", label: "Home", Icon: House },
  { to: "/discover", label: "Discover", Icon: Compass },
  { to: "/library", label: "Library", Icon: LibraryBig },
  { to: "/requests", label: "Requests", Icon: ListPlus },
  { to: "/downloads", label: "Downloads", Icon: Download },
] as const;

const RUNNING = new Set(["queued", "running"]);

interface Counts {
  requests: number;
  downloads: number;
}

/** What moves or waits: own downloads under way, and for who decides, requests that wait for them. */
function useCounts(): Counts {
  const decides = may(useMe(), "system:manage");
  const waiting = useInfiniteQuery({ ...requestsOptions("all", ["pending"]), enabled: decides });
  const downloads = useInfiniteQuery(downloadsOptions);
  const rows = downloads.data?.pages.flatMap((page) => page.items) ?? [];
  return {
    requests: waiting.data?.pages.flatMap((page) => page.items).filter((one) => one.status === "pending").length ?? 0,
    downloads: rows.filter((one) => RUNNING.has(one.status)).length,
  };
}

function countOf(to: string, counts: Counts): { number: number; says: string } | null {
  if (to === "/requests" && counts.requests > 0) return { number: counts.requests, says: `${counts.requests} wait for you` };
  if (to === "/downloads" && counts.downloads > 0) return { number: counts.downloads, says: `${counts.downloads} under way` };
  return null;
}

const SIDE =
  "relative flex min-h-14 flex-col items-center justify-center gap-0.5 rounded-control text-micro font-medium text-text-2 transition-colors duration-120 hover:bg-raised hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:text-text aria-[current=page]:shadow-[inset_3px_0_0_var(--accent)] desk:min-h-11 desk:flex-row desk:justify-start desk:gap-3 desk:px-3 desk:text-base";

/** Down the side: icon over label on a rail, beside it on a desk. */
export function SideNavigation() {
  const counts = useCounts();
  const admin = may(useMe(), "system:manage");
  return (
    <nav aria-label="Main" className="grid gap-1">
      {PLACES.map(({ to, label, Icon }) => {
        const number = countOf(to, counts);
        return (
          <Link key={to} to={to} activeOptions={{ exact: to === "/" }} className={SIDE}>
            <Icon aria-hidden className="size-5" />
            {label}
            {number && <Count {...number} className="absolute top-1 right-2 desk:static desk:ml-auto" />}
          </Link>
        );
      })}
      {admin && (
        <Link to="/admin" className={cn(SIDE, "mt-4")}>
          <ShieldCheck aria-hidden className="size-5" />
          Admin
        </Link>
      )}
    </nav>
  );
}

export function BottomNavigation() {
  const counts = useCounts();
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-5 border-t border-line bg-sunken pb-[env(safe-area-inset-bottom)] wide:hidden"
    >
      {PLACES.map(({ to, label, Icon }) => {
        const number = countOf(to, counts);
        return (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === "/" }}
            className="group relative grid h-16 place-content-center place-items-center gap-0.5 text-micro text-text-2 aria-[current=page]:text-text max-[359px]:text-[0.6875rem]"
          >
            <span aria-hidden className="absolute top-0 h-[3px] w-7 rounded-b-full group-aria-[current=page]:bg-accent" />
            <Icon aria-hidden className="size-5 group-aria-[current=page]:text-accent" />
            {label}
            {number && <Count {...number} className="absolute top-1.5 left-1/2 ml-1.5" />}
          </Link>
        );
      })}
    </nav>
  );
}

function Count({ number, says, className }: { number: number; says: string; className?: string }) {
  return (
    <span className={cn("rounded-full border border-line bg-raised px-1.5 text-micro font-semibold text-text desk:px-2", className)}>
      <span aria-hidden>{number > 99 ? "99+" : number}</span>
      <span className="sr-only">, {says}</span>
    </span>
  );
}
