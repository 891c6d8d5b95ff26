/** Who may come in: the rule, and invitations as links. */
import { useQuery } from "@tanstack/react-query";

import { accessKeys, changePolicy, invitationsOptions, policyOptions, withdrawInvitation } from "@/api/access";
import type { Invitation, Policy, PolicyChange } from "@/api/models";
import { setupOptions } from "@/api/session";
import { EmptyNote } from "@/components/notes";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card, RowCard } from "@/components/ui/card";
import { Choice, Toggle } from "@/components/ui/field";
import { useAct } from "@/lib/act";

import { InviteForm } from "./invite-form";
import { invitationState } from "./invitation-words";

function PolicyForm({ policy }: { policy: Policy }) {
  const change = useAct({
    act: (body: PolicyChange) => changePolicy(body),
    says: () => "Saved.",
    rereads: [accessKeys.policy, setupOptions.queryKey],
  });
  return (
    <Card className="grid gap-3">
      <Choice
        label="Who may sign in with Plex"
        value={policy.admission}
        onChange={(event) => change.mutate({ admission: event.target.value as Policy["admission"] })}
        options={[
          { value: "members", label: "Everybody the Plex server is shared with" },
          { value: "invited", label: "Of those, only who was invited" },
        ]}
      />
      <Toggle
        label="Sign-in with a password"
        hint="For the local administrator. It can be off once an administrator has linked Plex; the way back in is the command medianest-auth admin reset."
        checked={policy.local_sign_in}
        onChange={(local_sign_in) => change.mutate({ local_sign_in })}
      />
    </Card>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const withdraw = useAct({ act: () => withdrawInvitation(invitation.id), says: () => "Taken back: the link leads nowhere now.", rereads: [accessKeys.invitations] });
  const state = invitationState(invitation);
  return (
    <li className="flex flex-wrap items-center gap-3 py-3">
      <div className="min-w-0 flex-1">
        <p className="font-[550]">{invitation.note || "Without a note"}</p>
        <p className="text-meta text-text-3">
          {state === "used" && invitation.used_at && (
            <>
              used <Time at={invitation.used_at} />
            </>
          )}
          {state === "over" && (
            <>
              ran out <Time at={invitation.expires_at} />
            </>
          )}
          {state === "open" && (
            <>
              good until <Time at={invitation.expires_at} soon />
            </>
          )}
        </p>
      </div>
      {state === "open" && (
        <Button size="small" off={withdraw.isPending} onClick={() => withdraw.mutate()} aria-label={`Take back: ${invitation.note || "invitation"}`}>
          Take back
        </Button>
      )}
    </li>
  );
}

export function AccessPage() {
  const policy = useQuery(policyOptions);
  const invitations = useQuery(invitationsOptions);
  usePageTitle("Access");
  return (
    <div className="grid max-w-3xl gap-8">
      <PageTitle>Access</PageTitle>
      <Section title="Who may come in">
        <Panel query={policy} failed="The rule could not be read." skeleton={<div className="skeleton h-40" />}>
          {(data) => <PolicyForm policy={data} />}
        </Panel>
      </Section>
      <Section title="Invite somebody">
        <InviteForm />
      </Section>
      <Section title="Invitations">
        <Panel query={invitations} failed="The invitations could not be read." skeleton={<RowSkeletons rows={2} />}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyNote title="No invitations yet">A link lets one more person in, once. They still need a share of your Plex server.</EmptyNote>
            ) : (
              <RowCard>
                {items.map((invitation) => (
                  <InvitationRow key={invitation.id} invitation={invitation} />
                ))}
              </RowCard>
            )
          }
        </Panel>
      </Section>
    </div>
  );
}
