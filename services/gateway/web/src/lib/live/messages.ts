/** What arrives over the live connection, as far as this client reads it. */
import type { DownloadStatus, Health, ItemStatus, RequestStatus } from "@/api/models";

export interface LiveMessage {
  type: string;
  id?: string | number | null;
  time?: string;
  topic?: string;
  data?: unknown;
}

/** A service's state as the live connection tells it; the document adds uptime and recent buckets. */
export interface ServiceChange {
  service_id: string;
  name: string;
  health: Health;
  since: string;
  checked_at: string | null;
  response_ms: number | null;
  message?: string | null;
  behind?: string | null;
  version: number;
}

export interface Beat {
  service_id: string;
  health: Health;
  response_ms: number | null;
  checked_at: string;
  version: number;
}

export interface RequestChange {
  request_id: string;
  user_id: string;
  status: RequestStatus;
  version: number;
}

export interface DownloadChange {
  download_id: string;
  user_id: string;
  status: DownloadStatus;
  in_plex: "not_wanted" | "waiting" | "done" | "failed";
  items_total: number;
  items_completed: number;
  items_failed: number;
  version: number;
}

export interface ItemChange {
  item_id: string;
  download_id: string;
  status: ItemStatus;
  attempt: number;
  version: number;
}

export interface ItemProgress {
  item_id: string;
  download_id: string;
  attempt: number;
  phase: string;
  progress: number | null;
  downloaded_bytes: number | null;
  total_bytes: number | null;
  speed: number | null;
  eta: number | null;
}

/** A frame of the socket, or null for what is not one of ours. */
export function parseMessage(frame: unknown): LiveMessage | null {
  if (typeof frame !== "string") return null;
  try {
    const message: unknown = JSON.parse(frame);
    const known = typeof message === "object" && message !== null && "type" in message && typeof message.type === "string";
    return known ? (message as LiveMessage) : null;
  } catch {
    return null;
  }
}
