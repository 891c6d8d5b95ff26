import { createFileRoute, useNavigate } from "@tanstack/react-router";

import { AuditPage, type AuditSearch } from "@/features/admin/audit-page";

const word = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const day = (value: unknown) => (typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined);

export const Route = createFileRoute("/_app/admin/audit")({
  validateSearch: (search): AuditSearch => ({ action: word(search.action), actor: word(search.actor), from: day(search.from), to: day(search.to) }),
  component: Audit,
});

function Audit() {
  const navigate = useNavigate({ from: Route.fullPath });
  return <AuditPage search={Route.useSearch()} onChange={(search) => void navigate({ search, replace: true, resetScroll: false })} />;
}
