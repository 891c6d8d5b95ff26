import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { MediaRequest } from "@/api/models";
import { statusOptions } from "@/api/status";
import { Art } from "@/components/poster";
import { StateWord } from "@/components/state";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Menu, type MenuAction } from "@/components/ui/menu";
import { useAsker } from "@/features/session/people";
import { may, useMe } from "@/features/session/me";
import { requestLook } from "@/lib/states";

import { useApprove, useCancel, useRetry } from "./actions";
import { DeclineDialog } from "./decline-dialog";
import { StepBar } from "./step-bar";
import { requestTitle } from "./way";

/** Whether what is approved can be sent on right now. */
export function useCanSend(): boolean {
  return useQuery(statusOptions).data?.abilities.request.ok ?? true;
}

interface RequestRowProps {
  request: MediaRequest;
  /** Without actions, for the first page. */
  brief?: boolean;
  /** With the two buttons of who decides. */
  deciding?: boolean;
}

export function RequestRow({ request, brief, deciding }: RequestRowProps) {
  const look = requestLook(request.status, useCanSend(), may(useMe(), "system:manage"));
  const asker = useAsker(request.user_id);
  const reason = request.status_reason && ["declined", "failed"].includes(request.status) ? request.status_reason : null;
  return (
    <li className="grid grid-cols-[44px_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-2 py-2.5">
      <Art title={request.title} url={request.poster_url} type={request.media_type} className="w-11 rounded-[6px]" />
      <div className="min-w-0">
        <p className="line-clamp-2 leading-snug font-[550]">
          <Link to="/requests/$id" params={{ id: request.id }} className="hover:text-link">
            {requestTitle(request)}
          </Link>
          {request.year !== null && <span className="ml-1.5 text-meta font-normal text-text-3">{request.year}</span>}
        </p>
        <div className="mt-0.5 flex flex-wrap items-center gap-x-2 text-meta text-text-3">
          <StateWord look={look} />
          <span>
            {asker !== null && `${asker} · `}
            <Time at={request.updated_at} />
          </span>
        </div>
        {reason && <p className="mt-0.5 text-sm text-text-2">“{reason}”</p>}
        {brief && request.status !== "available" && <StepBar status={request.status} className="mt-1.5 max-w-72" />}
      </div>
      {!brief && !deciding && (
        <div className="flex items-center gap-1">
          <StepBar status={request.status} className="mr-3 w-24 max-desk:hidden" />
          <RowMenu request={request} />
        </div>
      )}
      {deciding && <Deciding request={request} />}
    </li>
  );
}

function Deciding({ request }: { request: MediaRequest }) {
  const approve = useApprove();
  const [declining, setDeclining] = useState(false);
  return (
    <div className="col-span-full flex gap-2 max-wide:*:flex-1 wide:col-span-1 wide:col-start-3 wide:row-start-1">
      <Button size="small" className="max-wide:h-11" off={approve.isPending} onClick={() => approve.mutate(request)} aria-label={`Approve ${request.title}`}>
        Approve
      </Button>
      <Button size="small" variant="quiet" className="max-wide:h-11" onClick={() => setDeclining(true)} aria-label={`Decline ${request.title}`}>
        Decline…
      </Button>
      {declining && <DeclineDialog request={request} onClose={() => setDeclining(false)} />}
    </div>
  );
}

function RowMenu({ request }: { request: MediaRequest }) {
  const [cancelling, setCancelling] = useState(false);
  const cancel = useCancel();
  const retry = useRetry();
  const { allowed } = request;
  const mine = useMe()?.id === request.user_id;
  const actions: MenuAction[] = [];
  if (allowed.retry.ok) actions.push({ label: "Try again", run: () => retry.mutate(request) });
  if (mine) {
    const because = allowed.cancel.ok ? undefined : (allowed.cancel.because ?? "This is not possible now.");
    actions.push({ label: "Cancel the request…", run: () => setCancelling(true), because, danger: true });
  }
  if (actions.length === 0) return null;
  return (
    <>
      <Menu label={`More for ${request.title}`} actions={actions} />
      {cancelling && (
        <Confirm
          title={`Cancel ${request.title}?`}
          verb="Cancel the request"
          onClose={() => setCancelling(false)}
          onConfirm={() => {
            cancel.mutate(request);
            setCancelling(false);
          }}
        >
          The owner no longer sees it. You can ask again at any time.
        </Confirm>
      )}
    </>
  );
}
