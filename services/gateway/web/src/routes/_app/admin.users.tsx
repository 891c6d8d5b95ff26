import { createFileRoute, useNavigate } from "@tanstack/react-router";

import { UsersPage, type UsersSearch } from "@/features/admin/users-page";

const word = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

export const Route = createFileRoute("/_app/admin/users")({
  validateSearch: (search): UsersSearch => ({
    name: word(search.name),
    role: search.role === "admin" || search.role === "user" ? search.role : undefined,
    status: search.status === "active" || search.status === "suspended" ? search.status : undefined,
    user: word(search.user),
  }),
  component: Users,
});

function Users() {
  const search = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <UsersPage
      search={search}
      onFilter={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
      onClose={() => void navigate({ search: { ...search, user: undefined }, replace: true, resetScroll: false })}
    />
  );
}
