import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";

import { searchOptions } from "@/api/media";
import { AsOf, EmptyNote } from "@/components/notes";
import { usePageTitle } from "@/components/page";
import { Panel } from "@/components/panel";
import { PosterSkeletons } from "@/components/poster";
import { Button } from "@/components/ui/button";
import { announce } from "@/lib/announce";
import { count } from "@/lib/format";

import { MediaGrid } from "./media-grid";
import { inPlexFirst, titlesOf } from "./pages";

const SAID_AFTER_MS = 500;

function Results({ words }: { words: string }) {
  const query = useInfiniteQuery(searchOptions(words));
  const first = query.data?.pages[0];
  // Overseerr also counts people and collections, which are left out here: one page is counted as shown.
  const total = first && first.total_pages <= 1 ? first.items.length : first?.total_results;
  useEffect(() => {
    if (total === undefined) return;
    const timer = setTimeout(() => announce(total === 0 ? "Nothing found." : `${count(total, "title")} found.`), SAID_AFTER_MS);
    return () => clearTimeout(timer);
  }, [total, words]);
  return (
    <>
      <p className="-mt-3 flex min-h-6 gap-2 text-sm text-text-3">
        {total !== undefined && `${count(total, "title")} found`}
        <AsOf at={first?.as_of} stale={first?.stale ?? false} />
      </p>
      <Panel query={query} failed="The search did not work." skeleton={<PosterSkeletons count={12} />}>
        {({ pages }) => {
          const items = inPlexFirst(titlesOf(pages));
          if (items.length === 0) {
            return <EmptyNote title={`Nothing found for “${words}”`}>Try fewer words, or the title in its own language.</EmptyNote>;
          }
          return (
            <>
              <MediaGrid items={items} />
              {query.hasNextPage && (
                <Button className="justify-self-start" off={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {query.isFetchingNextPage ? "Loading…" : "Load more"}
                </Button>
              )}
            </>
          );
        }}
      </Panel>
    </>
  );
}

export function SearchPage({ words }: { words: string }) {
  usePageTitle(words ? `${words} – search` : "Search");
  // The focus stays in the search box while somebody types, so this heading does not take it.
  return (
    <div className="grid gap-5">
      <h1 className="text-title-phone font-[650] wide:text-title">{words ? `“${words}”` : "Search"}</h1>
      {words ? (
        <Results words={words} />
      ) : (
        <EmptyNote
          title="Type what you look for"
          action={
            <Button asChild size="small">
              <Link to="/discover">Discover</Link>
            </Button>
          }
        >
          Titles of films and series, in any language.
        </EmptyNote>
      )}
    </div>
  );
}
