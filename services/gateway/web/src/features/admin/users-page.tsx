/** Everybody with an account, and what was deleted but is not forgotten everywhere yet. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type FormEvent, useState } from "react";

import type { User } from "@/api/models";
import { erasuresOptions, importUsers, type UserFilter, userKeys, usersOptions } from "@/api/users";
import { EmptyNote } from "@/components/notes";
import { PageTitle, Section, usePageTitle } from "@/components/page";
import { Panel, RowSkeletons } from "@/components/panel";
import { StateWord } from "@/components/state";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { RowCard } from "@/components/ui/card";
import { Choice, inputLook } from "@/components/ui/field";
import { useAct } from "@/lib/act";
import { count } from "@/lib/format";
import { userLook } from "@/lib/states";

import { UserSheet } from "./user-sheet";
import { missingWords, userLine } from "./user-words";

/** The filter as the address holds it; `q` there belongs to the search for titles. */
export interface UsersSearch extends Omit<UserFilter, "q"> {
  name?: string;
  user?: string;
}

function UserRow({ user, search }: { user: User; search: UsersSearch }) {
  return (
    <li>
      <Link
        to="/admin/users"
        search={{ ...search, user: user.id }}
        resetScroll={false}
        className="-mx-4 flex min-h-16 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 hover:bg-raised"
      >
        <span aria-hidden className="grid size-9 shrink-0 place-items-center rounded-full bg-accent-soft text-sm font-[650] text-accent uppercase">
          {user.username.slice(0, 1)}
        </span>
        <span className="min-w-0 flex-1">
          <span className="block truncate font-[550]">{user.username}</span>
          <span className="block text-meta text-text-3">{userLine(user)}</span>
        </span>
        <StateWord look={userLook(user)} className="max-wide:ml-13" />
      </Link>
    </li>
  );
}

function Filters({ search, onChange }: { search: UsersSearch; onChange: (search: UsersSearch) => void }) {
  const { name, role, status } = search;
  const [words, setWords] = useState(name ?? "");
  const seek = () => onChange({ name: words.trim() || undefined, role, status });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    seek();
  };
  return (
    <form role="search" onSubmit={submit} className="flex flex-wrap items-end gap-3">
      <div className="relative min-w-48 flex-1 wide:max-w-96">
        <Search aria-hidden className="pointer-events-none absolute top-3 left-3 size-5 text-text-3" />
        <input
          type="search"
          aria-label="Part of a name"
          placeholder="Part of a name"
          value={words}
          maxLength={100}
          onChange={(event) => setWords(event.target.value)}
          onBlur={() => words.trim() !== (name ?? "") && seek()}
          className={`${inputLook} pl-10`}
        />
      </div>
      <div className="flex gap-3 max-wide:w-full max-wide:*:min-w-0 max-wide:*:flex-1">
        <Choice
          label="Role"
          value={role ?? ""}
          onChange={(event) => onChange({ name, status, role: (event.target.value || undefined) as UserFilter["role"] })}
          options={[
            { value: "", label: "Any" },
            { value: "user", label: "Guests" },
            { value: "admin", label: "Administrators" },
          ]}
        />
        <Choice
          label="State"
          value={status ?? ""}
          onChange={(event) => onChange({ name, role, status: (event.target.value || undefined) as UserFilter["status"] })}
          options={[
            { value: "", label: "Any" },
            { value: "active", label: "Active" },
            { value: "suspended", label: "Suspended" },
          ]}
        />
      </div>
    </form>
  );
}

function ImportButton() {
  const bring = useAct({
    act: importUsers,
    says: (_input: void, { created, known }) => (created > 0 ? `${count(created, "user")} added; ${known} were here already.` : `Nobody new: all ${known} are here already.`),
    rereads: [userKeys.all],
  });
  return (
    <Button off={bring.isPending} onClick={() => bring.mutate()}>
      {bring.isPending ? "Asking Plex…" : "Import from Plex"}
    </Button>
  );
}

function Erasures() {
  const { data } = useQuery(erasuresOptions);
  const open = data?.items.filter((one) => one.completed_at === null) ?? [];
  if (open.length === 0) return null;
  return (
    <Section title="Being forgotten" aside={String(open.length)}>
      <RowCard>
        {open.map((one) => (
          <li key={one.user_id} className="grid gap-0.5 py-3 text-sm">
            <p>{missingWords(one.missing)}</p>
            <p className="text-meta text-text-3">
              deleted <Time at={one.requested_at} soon /> · <code className="font-mono">{one.user_id.slice(0, 8)}</code>
            </p>
          </li>
        ))}
      </RowCard>
    </Section>
  );
}

interface UsersPageProps {
  search: UsersSearch;
  onFilter: (search: UsersSearch) => void;
  onClose: () => void;
}

export function UsersPage({ search, onFilter, onClose }: UsersPageProps) {
  const { user: shown, name, role, status } = search;
  const filter: UserFilter = { q: name, role, status };
  const query = useInfiniteQuery(usersOptions(filter));
  const filtered = Object.values(filter).some((value) => value !== undefined);
  usePageTitle("Users");
  return (
    <div className="grid gap-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <PageTitle>Users</PageTitle>
        <div className="flex flex-wrap gap-2">
          <ImportButton />
          <Button asChild variant="primary">
            <Link to="/admin/access">Invite somebody</Link>
          </Button>
        </div>
      </div>
      <Filters search={search} onChange={onFilter} />
      <Panel query={query} failed="The users could not be read." skeleton={<RowSkeletons rows={4} />}>
        {({ pages }) => {
          const users = pages.flatMap((page) => page.items);
          if (users.length === 0) return <EmptyNote title="Nobody here">{filtered ? "No account fits these filters." : "Import who your Plex server is shared with, or send an invitation."}</EmptyNote>;
          return (
            <div>
              <RowCard className="overflow-hidden">
                {users.map((user) => (
                  <UserRow key={user.id} user={user} search={search} />
                ))}
              </RowCard>
              {query.hasNextPage && (
                <Button className="mt-4" off={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {query.isFetchingNextPage ? "Loading…" : "Load more"}
                </Button>
              )}
            </div>
          );
        }}
      </Panel>
      <Erasures />
      {shown && <UserSheet key={shown} id={shown} onClose={onClose} />}
    </div>
  );
}
