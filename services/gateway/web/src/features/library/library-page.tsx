import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { itemsOptions, recentOptions, sectionsOptions } from "@/api/library";
import { AsOf } from "@/components/notes";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel } from "@/components/panel";
import { PosterSkeletons } from "@/components/poster";
import { tabLook } from "@/components/ui/tabs";
import { Button } from "@/components/ui/button";
import { count } from "@/lib/format";

import { LibraryGrid } from "./library-grid";

function Sections() {
  const { data } = useQuery(sectionsOptions);
  return (
    <nav aria-label="Libraries" className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 wide:mx-0 wide:px-0">
      <Link to="/library" activeOptions={{ exact: true }} className={tabLook}>
        New
      </Link>
      {data?.items.map((section) => (
        <Link key={section.key} to="/library/$section" params={{ section: section.key }} className={tabLook}>
          {section.title}
        </Link>
      ))}
    </nav>
  );
}

export function RecentPage() {
  const query = useQuery(recentOptions);
  usePageTitle("Library");
  return (
    <div className="grid gap-5">
      <PageTitle>Library</PageTitle>
      <Sections />
      <Section title="Recently added" aside={<AsOf at={query.data?.as_of} stale={query.data?.stale ?? false} />}>
        <Panel query={query} failed="The library could not be read." skeleton={<PosterSkeletons count={12} />}>
          {({ items }) => <LibraryGrid items={items} eager={6} />}
        </Panel>
      </Section>
    </div>
  );
}

export function SectionPage({ section }: { section: string }) {
  const query = useInfiniteQuery(itemsOptions(section));
  const sections = useQuery(sectionsOptions);
  const title = sections.data?.items.find((one) => one.key === section)?.title ?? "Library";
  const first = query.data?.pages[0];
  usePageTitle(title);
  return (
    <div className="grid gap-5">
      <PageTitle>Library</PageTitle>
      <Sections />
      <Section
        title={title}
        aside={
          <>
            {first?.total != null && `${count(first.total, "title")} `}
            <AsOf at={first?.as_of} stale={first?.stale ?? false} />
          </>
        }
      >
        <Panel query={query} failed="This library could not be read." skeleton={<PosterSkeletons count={12} />}>
          {({ pages }) => (
            <>
              <LibraryGrid items={pages.flatMap((page) => page.items)} eager={6} />
              {query.hasNextPage && (
                <Button className="mt-6" off={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {query.isFetchingNextPage ? "Loading…" : "Load more"}
                </Button>
              )}
            </>
          )}
        </Panel>
      </Section>
    </div>
  );
}
