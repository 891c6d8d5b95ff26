import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { discoverOptions, type List } from "@/api/media";
import { AsOf, EmptyNote } from "@/components/notes";
import { PageTitle, usePageTitle } from "@/components/page";
import { Panel } from "@/components/panel";
import { PosterSkeletons } from "@/components/poster";
import { Button } from "@/components/ui/button";
import { tabLook } from "@/components/ui/tabs";

import { MediaGrid } from "./media-grid";
import { titlesOf } from "./pages";

const LABELS: Record<List, string> = {
  trending: "Trending",
  movies: "Films",
  series: "Series",
  "upcoming-movies": "Films to come",
  "upcoming-series": "Series to come",
};

export function DiscoverPage({ list }: { list: List }) {
  const query = useInfiniteQuery(discoverOptions(list));
  const first = query.data?.pages[0];
  usePageTitle("Discover");
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-baseline gap-3">
        <PageTitle>Discover</PageTitle>
        <AsOf at={first?.as_of} stale={first?.stale ?? false} />
      </div>
      <nav aria-label="Lists" className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 wide:mx-0 wide:px-0">
        {Object.entries(LABELS).map(([key, label]) => (
          <Link key={key} to="/discover" search={{ list: key as List }} aria-current={list === key ? "page" : undefined} className={tabLook}>
            {label}
          </Link>
        ))}
      </nav>
      <Panel query={query} failed="These titles could not be read." skeleton={<PosterSkeletons count={12} />}>
        {({ pages }) => {
          const items = titlesOf(pages);
          if (items.length === 0) return <EmptyNote title="Nothing is on this list right now">Look at another one, or search above.</EmptyNote>;
          return (
            <>
              <MediaGrid items={items} />
              {query.hasNextPage && (
                <Button className="mt-6 justify-self-start" off={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {query.isFetchingNextPage ? "Loading…" : "Load more"}
                </Button>
              )}
            </>
          );
        }}
      </Panel>
    </div>
  );
}
