/** What stands around the administrators' pages: where one is among them. */
import { Link, Outlet } from "@tanstack/react-router";

import { tabLook } from "@/components/ui/tabs";
import { may, useMe } from "@/features/session/me";
import { NotFound } from "@/features/shell/fallbacks";

const PAGES = [
  { to: "/admin/users", label: "Users" },
  { to: "/admin/access", label: "Access" },
  { to: "/admin/integrations", label: "Integrations" },
  { to: "/admin/system", label: "System" },
  { to: "/admin/audit", label: "Audit" },
] as const;

export function AdminLayout() {
  if (!may(useMe(), "system:manage")) return <NotFound />;
  return (
    <div className="grid gap-5">
      <nav aria-label="Admin" className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 wide:mx-0 wide:px-0">
        {PAGES.map(({ to, label }) => (
          <Link key={to} to={to} className={tabLook}>
            {label}
          </Link>
        ))}
      </nav>
      <Outlet />
    </div>
  );
}
