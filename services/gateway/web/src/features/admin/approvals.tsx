/** Downloads that wait until an administrator says yes. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { downloadKeys } from "@/api/downloads";
import type { Download } from "@/api/models";
import { approvalsOptions, approveDownload, declineDownload } from "@/api/operations";
import { EmptyNote } from "@/components/notes";
import { Section } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { kindWord, PRESETS } from "@/features/downloads/words";
import { DeclineSheet } from "@/features/requests/decline-dialog";
import { useAsker } from "@/features/session/people";
import { useAct } from "@/lib/act";
import { count } from "@/lib/format";

const REREADS = [downloadKeys.all];

function Row({ download }: { download: Download }) {
  const { id, title, items_total, preset, kind, created_at, user_id } = download;
  const [declining, setDeclining] = useState(false);
  const asker = useAsker(user_id) ?? "you";
  const approve = useAct({ act: () => approveDownload(id), says: () => `Approved: ${title}.`, rereads: REREADS });
  const decline = useAct({ act: (reason: string) => declineDownload(id, reason), says: () => `Declined: ${title}.`, rereads: REREADS, done: () => setDeclining(false), inline: true });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      <div className="min-w-48 flex-1">
        <p className="line-clamp-2 font-[550]">{title}</p>
        <p className="text-meta text-text-3">
          {[asker, kindWord(kind), items_total > 1 && count(items_total, "video"), PRESETS[preset]].filter(Boolean).join(" · ")} · <Time at={created_at} />
        </p>
      </div>
      <div className="flex gap-2 max-wide:w-full max-wide:*:flex-1">
        <Button size="small" off={approve.isPending} onClick={() => approve.mutate()} aria-label={`Approve ${title}`}>
          Approve
        </Button>
        <Button size="small" variant="quiet" onClick={() => setDeclining(true)} aria-label={`Decline ${title}`}>
          Decline…
        </Button>
      </div>
      {declining && <DeclineSheet title={title} busy={decline.isPending} error={decline.error} onDecline={(reason) => decline.mutate(reason)} onClose={() => setDeclining(false)} />}
    </li>
  );
}

export function Approvals() {
  const query = useQuery(approvalsOptions);
  const waiting = query.data ?? [];
  return (
    <Section title="Downloads waiting for you" aside={waiting.length > 0 ? String(waiting.length) : undefined}>
      <Panel query={query} failed="What waits could not be read." skeleton={<RowSkeletons rows={1} />}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyNote title="No download waits for you">Who needs a yes for downloads is set with each user.</EmptyNote>
          ) : (
            <RowCard>
              {rows.map((download) => (
                <Row key={download.id} download={download} />
              ))}
            </RowCard>
          )
        }
      </Panel>
    </Section>
  );
}
