import { useQuery } from "@tanstack/react-query";

import type { Me } from "@/api/models";
import { meOptions } from "@/api/session";

type Permission = Me["permissions"][number];

/** Who is signed in; null only while that is not known yet. */
export function useMe(): Me | null {
  return useQuery(meOptions).data ?? null;
}

export function may(me: Me | null, permission: Permission): boolean {
  return me?.permissions.includes(permission) ?? false;
}
