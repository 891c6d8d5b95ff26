/** Channels I follow: what comes by itself, and how to stop it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { downloadKeys } from "@/api/downloads";
import { changeFollow, checkFollow, followKeys, followsOptions, unfollow } from "@/api/follows";
import { libraryKeys } from "@/api/library";
import type { Follow } from "@/api/models";
import { EmptyNote, ProblemLine } from "@/components/notes";
import { Section } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { StateWord } from "@/components/state";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { Menu } from "@/components/ui/menu";
import { useAct } from "@/lib/act";
import { count, size } from "@/lib/format";
import { FOLLOW } from "@/lib/states";

import { FollowRules } from "./follow-rules";
import { checkLine, ruleFields, ruleLine, rulesOf } from "./follow-words";

const Sheet = lazy(() => import("@/components/ui/sheet"));

function RulesSheet({ follow, onClose }: { follow: Follow; onClose: () => void }) {
  const [rules, setRules] = useState(() => rulesOf(follow));
  const save = useAct({ act: () => changeFollow(follow.id, ruleFields(rules)), says: () => "Saved. It holds from the next look on.", rereads: [followKeys.all], done: onClose, inline: true });
  const foot = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button variant="primary" off={save.isPending} onClick={() => save.mutate()}>
        Save
      </Button>
    </>
  );
  return (
    <Suspense>
      <Sheet title={`Rules for ${follow.title}`} description="What a rule no longer keeps goes with its files, once a newer video is there." onClose={onClose} foot={foot}>
        <div className="grid gap-3 pt-1 pb-4">
          <FollowRules rules={rules} onChange={setRules} />
          {save.error && <ProblemLine error={save.error} />}
        </div>
      </Sheet>
    </Suspense>
  );
}

function UnfollowSheet({ follow, onClose }: { follow: Follow; onClose: () => void }) {
  const { id, title, videos_kept, bytes } = follow;
  const leave = useAct({
    act: (files: "keep" | "delete") => unfollow(id, files),
    says: () => `Not followed any more: ${title}.`,
    rereads: [followKeys.all, downloadKeys.all, libraryKeys.all],
    done: onClose,
  });
  const files = `${count(videos_kept, "video")} (${size(bytes)})`;
  const foot = (
    <>
      <Button onClick={onClose}>Go on following</Button>
      {videos_kept > 0 && (
        <Button variant="danger" off={leave.isPending} onClick={() => leave.mutate("delete")}>
          Unfollow and delete {count(videos_kept, "video")}
        </Button>
      )}
      <Button variant="primary" off={leave.isPending} onClick={() => leave.mutate("keep")}>
        {videos_kept > 0 ? "Unfollow, keep the files" : "Unfollow"}
      </Button>
    </>
  );
  return (
    <Suspense>
      <Sheet title={`Unfollow ${title}?`} onClose={onClose} foot={foot}>
        <p className="pb-3 text-text-2">
          New videos do not come any more. {videos_kept > 0 && `What is there, ${files}, stays in Plex as a download like any other, or goes with its files; that cannot be undone.`}
        </p>
      </Sheet>
    </Suspense>
  );
}

function FollowRow({ follow }: { follow: Follow }) {
  const { id, title, allowed, status, problem, download_id } = follow;
  const [asking, setAsking] = useState<"rules" | "leave" | null>(null);
  const check = useAct({ act: () => checkFollow(id), says: () => `${title}: is being looked at.`, rereads: [followKeys.all, downloadKeys.all] });
  const pause = useAct({
    act: (paused: boolean) => changeFollow(id, { paused }),
    says: (paused) => (paused ? `${title}: paused. What is there stays.` : `${title}: followed again.`),
    rereads: [followKeys.all],
  });
  const paused = status === "paused";
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
      <div className="min-w-48 flex-1">
        <p className="line-clamp-2 font-[550]">
          {download_id ? (
            <Link to="/downloads/$id" params={{ id: download_id }} className="hover:text-link">
              {title}
            </Link>
          ) : (
            title
          )}
        </p>
        <p className="text-meta text-text-3">{ruleLine(follow)}</p>
        {problem && <p className="text-sm text-text-2">{problem}</p>}
        <p className="flex flex-wrap items-center gap-x-2 text-meta text-text-3">
          <StateWord look={FOLLOW[status]} className="text-meta" />
          {checkLine(follow)}
        </p>
      </div>
      <div className="flex items-center gap-1 max-wide:w-full max-wide:justify-end">
        {paused ? (
          <Button size="small" off={pause.isPending} onClick={() => pause.mutate(false)} aria-label={`Go on following ${title}`}>
            Go on
          </Button>
        ) : (
          <Button size="small" off={!allowed.check.ok || check.isPending} onClick={() => check.mutate()} aria-label={`Check ${title} now`}>
            Check now
          </Button>
        )}
        <Menu
          label={`More for ${title}`}
          actions={[
            ...(paused ? [] : [{ label: "Pause", run: () => pause.mutate(true) }]),
            { label: "Rules…", run: () => setAsking("rules") },
            { label: "Unfollow…", run: () => setAsking("leave"), danger: true },
          ]}
        />
      </div>
      {asking === "rules" && <RulesSheet follow={follow} onClose={() => setAsking(null)} />}
      {asking === "leave" && <UnfollowSheet follow={follow} onClose={() => setAsking(null)} />}
    </li>
  );
}

export function Follows() {
  const query = useInfiniteQuery(followsOptions);
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section title="Channels I follow" aside={rows.length > 0 ? String(rows.length) : undefined}>
      <Panel query={query} failed="What you follow could not be read." skeleton={<RowSkeletons rows={1} className="h-20" />}>
        {() =>
          rows.length === 0 ? (
            <EmptyNote title="You follow nothing yet">Paste the link of a channel or playlist above and choose Follow: its new videos come by themselves.</EmptyNote>
          ) : (
            <>
              <RowCard>
                {rows.map((follow) => (
                  <FollowRow key={follow.id} follow={follow} />
                ))}
              </RowCard>
              {query.hasNextPage && (
                <Button className="mt-4" off={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {query.isFetchingNextPage ? "Loading…" : "Load more"}
                </Button>
              )}
            </>
          )
        }
      </Panel>
    </Section>
  );
}
