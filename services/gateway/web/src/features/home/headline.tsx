import { useQuery } from "@tanstack/react-query";

import type { StatusDocument } from "@/api/models";
import { statusOptions } from "@/api/status";
import { AsOf, ProblemNote } from "@/components/notes";
import { PageTitle } from "@/components/page";
import { Loading } from "@/components/panel";
import { StateGlyph } from "@/components/state";
import { headlineDetail, headlineTitle } from "@/features/status/words";
import { SERVICE, TEXT_TONE } from "@/lib/states";

function Sentence({ status }: { status: StatusDocument }) {
  const look = SERVICE[status.headline.health];
  const detail = headlineDetail(status);
  return (
    <div className="flex items-start gap-3">
      <StateGlyph name={look.glyph} className={`mt-0.5 size-6 [--glyph-cut:var(--bg)] wide:mt-1 wide:size-7 ${TEXT_TONE[look.tone]}`} />
      <div>
        <PageTitle>{headlineTitle(status.headline)}</PageTitle>
        <p className="mt-1.5 max-w-[68ch] text-text-2">
          {detail} <AsOf at={status.as_of} stale={status.stale} />
        </p>
      </div>
    </div>
  );
}

/** One sentence from what one can do, and under it what still works. */
export function Headline() {
  const { data, error, refetch } = useQuery(statusOptions);
  if (data) return <Sentence status={data} />;
  if (error) {
    return (
      <>
        <PageTitle className="mb-3">We cannot see the services right now.</PageTitle>
        <ProblemNote error={error} onRetry={() => void refetch()} />
      </>
    );
  }
  return (
    <Loading label="Asking for the state of the services">
      <div className="skeleton h-9 w-72 max-w-full" />
      <div className="skeleton mt-2 h-5 w-96 max-w-full" />
    </Loading>
  );
}
