/** What stands around every page of a signed-in person. */
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";

import { may, useMe } from "@/features/session/me";
import { freshStore } from "@/lib/fresh";
import { goLive } from "@/lib/live";
import { sessionEndedStore } from "@/lib/session-end";
import { useStore } from "@/lib/store";

import { Brand } from "./brand";
import { ConnectionBar } from "./connection-bar";
import { BottomNavigation, SideNavigation } from "./navigation";
import { SearchBox } from "./search-box";
import { SessionDialog } from "./session-dialog";
import { StatePill } from "./state-pill";

const FreshDialog = lazy(() => import("@/features/session/fresh-dialog"));

const TOPICS = ["status", "requests", "downloads", "session"];

function useLive() {
  const client = useQueryClient();
  const admin = may(useMe(), "system:manage");
  const ended = useStore(sessionEndedStore);
  useEffect(() => {
    // Without a session every try would be refused.
    if (!ended) return goLive(client, admin ? [...TOPICS, "admin"] : TOPICS);
  }, [client, admin, ended]);
}

function Account() {
  const me = useMe();
  const name = me?.username ?? "";
  return (
    <Link to="/profile" aria-label={`Your profile: ${name}`} className="group grid size-11 shrink-0 place-items-center rounded-full">
      <span aria-hidden className="grid size-9 place-items-center rounded-full bg-accent-soft text-sm font-[650] text-accent uppercase group-aria-[current=page]:ring-2 group-aria-[current=page]:ring-accent">
        {name.slice(0, 1)}
      </span>
    </Link>
  );
}

export function AppShell() {
  useLive();
  const again = useStore(freshStore);
  return (
    <div className="min-h-dvh wide:grid wide:grid-cols-[72px_minmax(0,1fr)] desk:grid-cols-[232px_minmax(0,1fr)]">
      <a href="#main" className="sr-only z-60 rounded-control bg-accent px-4 py-2 font-semibold text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        Skip to the page
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-sunken px-1.5 py-4 wide:flex desk:px-3">
        <Link to="/" aria-label="MediaNest, home" className="mb-4 inline-flex justify-center rounded-control py-1 desk:justify-start desk:px-2.5">
          <Brand compact />
        </Link>
        <SideNavigation />
        <div className="mt-auto">
          <StatePill />
        </div>
      </aside>
      <div className="min-w-0">
        <div className="sticky top-0 z-20 bg-bg">
          <ConnectionBar />
          <header className="mx-auto flex max-w-[2200px] items-center gap-2 px-4 py-2 wide:gap-3 wide:px-7 wide:py-3">
            <SearchBox />
            <div className="ml-auto flex items-center gap-1">
              <span className="wide:hidden">
                <StatePill small />
              </span>
              <Account />
            </div>
          </header>
        </div>
        <main id="main" tabIndex={-1} className="mx-auto max-w-[2200px] px-4 pt-2 pb-28 wide:px-7 wide:pt-3 wide:pb-12">
          <Outlet />
        </main>
      </div>
      <BottomNavigation />
      <SessionDialog />
      {again && (
        <Suspense>
          <FreshDialog again={again} />
        </Suspense>
      )}
    </div>
  );
}
