import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { MediaRequest } from "@/api/models";
import { requestOptions } from "@/api/requests";
import { Banner } from "@/components/notes";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel } from "@/components/panel";
import { Art } from "@/components/poster";
import { StateWord } from "@/components/state";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { may, useMe } from "@/features/session/me";
import { requestLook } from "@/lib/states";

import { useApprove, useCancel, useRetry } from "./actions";
import { DeclineDialog } from "./decline-dialog";
import { useCanSend } from "./request-row";
import { StepBar } from "./step-bar";
import { requestTitle, stepWord } from "./way";

function Timeline({ request }: { request: MediaRequest }) {
  return (
    <ol className="grid gap-4 border-l-2 border-line pl-5">
      {request.timeline.map(({ step, at, cause }, index) => (
        <li key={`${step} ${at}`} className="relative">
          <span
            aria-hidden
            className={`absolute top-1.5 -left-[26px] size-2.5 rounded-full ring-4 ring-bg ${index === request.timeline.length - 1 ? "bg-accent" : "bg-control"}`}
          />
          <p className="font-medium">
            {stepWord(step)} <span className="ml-1 text-meta font-normal text-text-3"><Time at={at} soon /></span>
          </p>
          {cause && <p className="text-sm text-text-2">{cause}</p>}
        </li>
      ))}
    </ol>
  );
}

function Actions({ request }: { request: MediaRequest }) {
  const [declining, setDeclining] = useState(false);
  const [approve, cancel, retry] = [useApprove(), useCancel(), useRetry()];
  const { allowed } = request;
  return (
    <div className="flex flex-wrap gap-2 empty:hidden">
      {allowed.approve.ok && (
        <Button variant="primary" off={approve.isPending} onClick={() => approve.mutate(request)}>
          Approve
        </Button>
      )}
      {allowed.decline.ok && <Button onClick={() => setDeclining(true)}>Decline…</Button>}
      {allowed.retry.ok && (
        <Button variant="primary" off={retry.isPending} onClick={() => retry.mutate(request)}>
          Try again
        </Button>
      )}
      {allowed.cancel.ok && (
        <Button off={cancel.isPending} onClick={() => cancel.mutate(request)}>
          Cancel the request
        </Button>
      )}
      {declining && <DeclineDialog request={request} onClose={() => setDeclining(false)} />}
    </div>
  );
}

function Body({ request }: { request: MediaRequest }) {
  const canSend = useCanSend();
  const decider = may(useMe(), "system:manage");
  return (
    <div className="grid gap-7 wide:grid-cols-[200px_minmax(0,1fr)]">
      <Link to={request.media_type === "tv" ? "/tv/$id" : "/movie/$id"} params={{ id: String(request.tmdb_id) }} aria-label={`About ${request.title}`} className="max-wide:w-28">
        <Art title={request.title} url={request.poster_url} type={request.media_type} eager />
      </Link>
      <div className="grid content-start gap-5">
        <div>
          <PageTitle>
            {requestTitle(request)} {request.year !== null && <span className="font-normal text-text-3">({request.year})</span>}
          </PageTitle>
          <StateWord look={requestLook(request.status, canSend, decider)} className="mt-2 text-base" />
          <StepBar status={request.status} className="mt-3 max-w-80" />
        </div>
        {request.status_reason && (
          <Banner tone={request.status === "failed" ? "down" : "info"} title={request.status === "declined" ? "The owner's reason" : "What happened"}>
            {request.status_reason}
          </Banner>
        )}
        {request.status === "approved" && !canSend && (
          <Banner tone="limited" title="It waits for Overseerr">
            It is kept and sent by itself when Overseerr is back; nothing to do.
          </Banner>
        )}
        <Actions request={request} />
        <Section title="Its way so far">
          <Timeline request={request} />
        </Section>
      </div>
    </div>
  );
}

export function RequestPage({ id }: { id: string }) {
  const query = useQuery(requestOptions(id));
  usePageTitle(query.data?.title ?? "Request");
  return (
    <Panel query={query} failed="This request could not be read." skeleton={<div className="skeleton h-80" />}>
      {(request) => <Body request={request} />}
    </Panel>
  );
}
