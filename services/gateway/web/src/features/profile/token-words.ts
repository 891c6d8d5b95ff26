/** What a token for scripts may do, in words. */
import type { Permission } from "@/api/models";

export const PERMISSIONS: Record<Permission, string> = {
  "dashboard:read": "See what is up",
  "media:search": "Search and browse the library",
  "media:request": "Ask for films and series",
  "youtube:download": "Download videos",
  "profile:read": "Read your profile",
  "profile:write": "Change your profile, sessions and tokens",
  "users:read": "See all users",
  "users:write": "Change users and invitations",
  "users:delete": "Delete users",
  "services:configure": "Change integrations and incidents",
  "system:manage": "Decide requests and run the system",
  "logs:read": "Read the audit log",
};

/** What may be given: no more than one holds oneself, in the order of the table. */
export function offered(held: readonly Permission[]): Permission[] {
  return (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => held.includes(permission));
}

/** "See what is up, download videos": the scopes of a token in one line. */
export function scopeWords(permissions: readonly Permission[]): string {
  return permissions.map((permission, index) => (index === 0 ? PERMISSIONS[permission] : PERMISSIONS[permission].replace(/^./, (first) => first.toLowerCase()))).join(", ");
}
