import { useQuery } from "@tanstack/react-query";

import { peopleOptions } from "@/api/people";

import { may, useMe } from "./me";

/** What to call who asked: null for oneself, the name for who may see it, else nobody in particular. */
export function useAsker(userId: string): string | null {
  const me = useMe();
  const others = me !== null && me.id !== userId;
  const { data } = useQuery({ ...peopleOptions, enabled: others && may(me, "users:read") });
  if (!others) return null;
  return data?.items.find((person) => person.id === userId)?.username ?? "another person";
}
