/** What waits for who looks after this server; nothing for anybody else. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { totalsOptions } from "@/api/operations";
import { requestsOptions } from "@/api/requests";
import { may, useMe } from "@/features/session/me";
import { count } from "@/lib/format";

const LINK = "inline-block py-2 font-medium text-link hover:underline";

export function OwnerLine() {
  const decides = may(useMe(), "system:manage");
  const requests = useInfiniteQuery({ ...requestsOptions("all", ["pending"]), enabled: decides });
  const totals = useQuery({ ...totalsOptions("all"), enabled: decides });
  if (!decides) return null;
  const waiting = requests.data?.pages.flatMap((page) => page.items).filter((one) => one.status === "pending").length ?? 0;
  const downloads = totals.data?.downloads.waiting_approval ?? 0;
  return (
    <p className="mt-1 ml-9 flex flex-wrap gap-x-4 wide:ml-10">
      {waiting > 0 && (
        <Link to="/requests" className={LINK}>
          {count(waiting, "request")} {waiting === 1 ? "waits" : "wait"} for you
        </Link>
      )}
      {downloads > 0 && (
        <Link to="/admin/system" className={LINK}>
          {count(downloads, "download")} {downloads === 1 ? "waits" : "wait"} for you
        </Link>
      )}
      <Link to="/admin" className={`${LINK} wide:hidden`}>
        Admin
      </Link>
    </p>
  );
}
