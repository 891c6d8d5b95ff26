import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect } from "react";

import type { RequestStatus } from "@/api/models";
import { requestKeys, requestsOptions, type Scope } from "@/api/requests";
import { Banner, EmptyNote } from "@/components/notes";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { tabLook } from "@/components/ui/tabs";
import { may, useMe } from "@/features/session/me";
import { count } from "@/lib/format";
import { clearNews, newsStore } from "@/lib/live/news";
import { useStore } from "@/lib/store";

import { RequestRow, useCanSend } from "./request-row";
import { type Filter, FILTERS } from "./way";

function NewPill({ atOnce }: { atOnce: boolean }) {
  const { requests } = useStore(newsStore);
  const client = useQueryClient();
  const show = useCallback(() => {
    clearNews("requests");
    void client.invalidateQueries({ queryKey: requestKeys.all });
  }, [client]);
  useEffect(() => () => clearNews("requests"), []);
  useEffect(() => {
    if (atOnce && requests > 0) show();
  }, [atOnce, requests, show]);
  if (requests === 0 || atOnce) return null;
  return (
    <Button size="small" variant="primary" className="mb-3" onClick={show}>
      {requests} new
    </Button>
  );
}

function WaitingForYou() {
  const query = useInfiniteQuery(requestsOptions("all", ["pending"]));
  const waiting = query.data?.pages.flatMap((page) => page.items).filter((one) => one.status === "pending") ?? [];
  return (
    <Section title="Waiting for you" aside={waiting.length > 0 ? String(waiting.length) : undefined}>
      <NewPill atOnce={query.isSuccess && waiting.length === 0} />
      <Panel query={query} failed="What waits could not be read." skeleton={<RowSkeletons rows={2} className="h-20" />}>
        {() =>
          waiting.length === 0 ? (
            <EmptyNote title="Nothing waits for you">New requests show here as they are made.</EmptyNote>
          ) : (
            <RowCard>
              {waiting.map((request) => (
                <RequestRow key={request.id} request={request} deciding />
              ))}
            </RowCard>
          )
        }
      </Panel>
    </Section>
  );
}

interface Choice {
  show: Filter;
  who: Scope;
}

function Filters({ show, who, admin }: Choice & { admin: boolean }) {
  return (
    <nav aria-label="Which requests" className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 wide:mx-0 wide:flex-wrap wide:px-0">
      {Object.entries(FILTERS).map(([key, { label }]) => (
        <Link key={key} to="/requests" search={{ who, show: key as Filter }} aria-current={show === key ? "page" : undefined} className={tabLook}>
          {label}
        </Link>
      ))}
      {admin && (
        <Link to="/requests" search={{ show, who: who === "all" ? "mine" : "all" }} className={tabLook}>
          {who === "all" ? "Show mine only" : "Show everybody's"}
        </Link>
      )}
    </nav>
  );
}

function emptyNote(show: Filter, who: Scope): ReactNode {
  if (show !== "all") return <EmptyNote title="Nothing here">No request stands like this right now.</EmptyNote>;
  const action = (
    <Button asChild size="small">
      <Link to="/discover">Ask for something</Link>
    </Button>
  );
  return (
    <EmptyNote title={who === "all" ? "Nobody has asked for anything yet" : "You have not asked for anything yet"} action={action}>
      Find a film or a series; we tell you when it is in Plex.
    </EmptyNote>
  );
}

function List({ show, who }: Choice) {
  const wanted: readonly RequestStatus[] = FILTERS[show].statuses;
  const query = useInfiniteQuery(requestsOptions(who, [...wanted]));
  return (
    <Panel query={query} failed="The requests could not be read." skeleton={<RowSkeletons rows={4} className="h-20" />}>
      {({ pages }) => {
        const rows = pages.flatMap((page) => page.items);
        if (rows.length === 0) return emptyNote(show, who);
        return (
          <>
            <RowCard>
              {rows.map((request) => (
                <RequestRow key={request.id} request={request} />
              ))}
            </RowCard>
            {query.hasNextPage && (
              <Button className="mt-4" off={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {query.isFetchingNextPage ? "Loading…" : "Load more"}
              </Button>
            )}
          </>
        );
      }}
    </Panel>
  );
}

export function RequestsPage({ show, who }: { show: Filter; who: Scope | undefined }) {
  const admin = may(useMe(), "system:manage");
  const scope = admin ? (who ?? "all") : "mine";
  const canSend = useCanSend();
  const waiting = useInfiniteQuery({ ...requestsOptions("all", ["pending"]), enabled: admin });
  const number = waiting.data?.pages.flatMap((page) => page.items).length ?? 0;
  usePageTitle(number > 0 ? `Requests (${number})` : "Requests");
  return (
    <div className="grid gap-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <PageTitle>Requests</PageTitle>
        {admin && number > 0 && <span className="sr-only">{count(number, "request")} waiting for you</span>}
        <Button asChild variant={admin ? "outline" : "primary"}>
          <Link to="/discover">Ask for something</Link>
        </Button>
      </div>
      {!canSend && (
        <Banner tone="down" title="New requests wait">
          What you ask for is kept and sent by itself when Overseerr is back.
        </Banner>
      )}
      {admin && <WaitingForYou />}
      <Section title={scope === "all" ? "Everybody's requests" : "Your requests"}>
        <div className="mb-3">
          <Filters show={show} who={scope} admin={admin} />
        </div>
        <List show={show} who={scope} />
      </Section>
    </div>
  );
}
