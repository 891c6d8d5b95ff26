/** One account: what it may do, where it is signed in, and how to end it. */
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useState } from "react";

import type { Role, User, UserChange } from "@/api/models";
import { changeUser, deleteUser, revokeUserSession, userKeys, userOptions, userSessionsOptions } from "@/api/users";
import { Panel, RowSkeletons } from "@/components/panel";
import { StateWord } from "@/components/state";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Choice, Toggle } from "@/components/ui/field";
import { useMe } from "@/features/session/me";
import { useAct } from "@/lib/act";
import { userLook } from "@/lib/states";

import { PutAside } from "./put-aside";
import { QuotaForm } from "./quota-form";
import { ROLES } from "./user-words";

const Sheet = lazy(() => import("@/components/ui/sheet"));

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-line py-3">
      <h3 className="mb-1 text-sm font-semibold text-text-2">{title}</h3>
      {children}
    </section>
  );
}

function Switches({ user, change }: { user: User; change: (body: UserChange) => void }) {
  const me = useMe()?.id === user.id;
  const suspended = user.status === "suspended";
  const ended = user.suspended_because === "access_ended";
  return (
    <>
      <Toggle
        label="Requests are approved at once"
        hint={user.role === "admin" ? "An administrator's always are." : undefined}
        off={user.role === "admin"}
        checked={user.switches.auto_approve || user.role === "admin"}
        onChange={(auto_approve) => change({ auto_approve })}
      />
      <Toggle
        label="Downloads need a yes"
        hint="Each waits until an administrator has approved it."
        checked={user.switches.downloads_need_approval}
        onChange={(downloads_need_approval) => change({ downloads_need_approval })}
      />
      <Toggle
        label="Suspended"
        hint={me ? "You cannot suspend yourself." : ended ? "The Plex server is not shared with this account any more." : "Signed out everywhere within a second, and not let in again."}
        off={me}
        checked={suspended}
        onChange={(next) => change({ suspended: next })}
      />
    </>
  );
}

function Devices({ user }: { user: User }) {
  const query = useQuery(userSessionsOptions(user.id));
  const revoke = useAct({
    act: (sessionId: string) => revokeUserSession(user.id, sessionId),
    says: () => "Signed out.",
    rereads: [userKeys.sessions(user.id)],
  });
  return (
    <Panel query={query} failed="The devices could not be read." skeleton={<RowSkeletons rows={1} />}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="py-1 text-sm text-text-2">Nowhere right now.</p>
        ) : (
          <ul className="divide-y divide-line">
            {items.map((device) => (
              <li key={device.id} className="flex items-center gap-3 py-2 text-sm">
                <span className="min-w-0 flex-1">
                  {device.device}
                  <span className="block text-meta text-text-3">
                    last used <Time at={device.last_used_at} soon />
                  </span>
                </span>
                <Button size="small" off={revoke.isPending} onClick={() => revoke.mutate(device.id)} aria-label={`Sign out ${device.device}`}>
                  Sign out
                </Button>
              </li>
            ))}
          </ul>
        )
      }
    </Panel>
  );
}

function Delete({ user, onDone }: { user: User; onDone: () => void }) {
  const [asking, setAsking] = useState(false);
  const me = useMe()?.id === user.id;
  const remove = useAct({
    act: () => deleteUser(user.id),
    says: () => `Deleted: ${user.username}. What is left is being forgotten.`,
    rereads: [userKeys.all],
    done: onDone,
  });
  return (
    <>
      <Button off={me} className="text-down" aria-describedby="delete-note" onClick={() => setAsking(true)}>
        Delete {user.username}…
      </Button>
      <p id="delete-note" className="mt-1.5 text-meta text-text-3">
        {me ? "You cannot delete yourself; another administrator can." : "With everything of theirs, everywhere. Suspending keeps it."}
      </p>
      {asking && (
        <Confirm title={`Delete ${user.username}?`} verb={`Delete ${user.username}`} busy={remove.isPending} onClose={() => setAsking(false)} onConfirm={() => remove.mutate()}>
          <p>Gone for good: the account, its sessions and tokens, its requests, its downloads with all their files, and its private playlists in Plex. What runs of theirs is stopped.</p>
          <p className="mt-2">
            Films that were asked for stay in Plex. The audit log keeps that an account was deleted, without its name. A part that is not running forgets later; until then this
            page says which.
          </p>
        </Confirm>
      )}
    </>
  );
}

function Body({ user, onClose }: { user: User; onClose: () => void }) {
  const change = useAct({
    act: (body: UserChange) => changeUser(user.id, body),
    says: () => "Saved.",
    rereads: [userKeys.all],
  });
  return (
    <div className="pb-3">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 pb-3 text-sm text-text-2">
        <StateWord look={userLook(user)} />
        <span>
          here since <Time at={user.created_at} />
        </span>
        <span>{user.last_login_at ? <>signed in <Time at={user.last_login_at} soon /></> : "never signed in"}</span>
      </p>
      <Part title="May">
        <Choice
          label="Role"
          value={user.role}
          className="mb-1"
          onChange={(event) => change.mutate({ role: event.target.value as Role })}
          options={[
            { value: "user", label: ROLES.user },
            { value: "admin", label: ROLES.admin },
          ]}
        />
        <Switches user={user} change={change.mutate} />
      </Part>
      <Part title="Limits">
        <QuotaForm key={user.version} user={user} />
      </Part>
      <Part title="Downloads">
        <PutAside userId={user.id} />
      </Part>
      <Part title="Signed in">
        <Devices user={user} />
      </Part>
      <Part title="Delete">
        <Delete user={user} onDone={onClose} />
      </Part>
    </div>
  );
}

export function UserSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery(userOptions(id));
  return (
    <Suspense>
      <Sheet title={query.data?.username ?? "User"} onClose={onClose}>
        <Panel query={query} failed="This user could not be read." skeleton={<RowSkeletons rows={4} />}>
          {(user) => <Body user={user} onClose={onClose} />}
        </Panel>
      </Sheet>
    </Suspense>
  );
}
