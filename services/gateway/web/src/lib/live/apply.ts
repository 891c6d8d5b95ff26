/** Takes each live message to where it belongs: into the query cache, the progress board, or the ear. */
import type { QueryClient } from "@tanstack/react-query";

import { downloadKeys } from "@/api/downloads";
import { followKeys } from "@/api/follows";
import { libraryKeys } from "@/api/library";
import { mediaKeys } from "@/api/media";
import type { Download, Me, MediaRequest, StatusDocument } from "@/api/models";
import { requestKeys } from "@/api/requests";
import { sessionKeys } from "@/api/session";
import { statusKeys } from "@/api/status";
import { SERVICE } from "../states";

import { announce } from "../announce";
import { toast } from "../toast";
import type { Beat, DownloadChange, ItemChange, ItemProgress, LiveMessage, RequestChange, ServiceChange } from "./messages";
import { newsStore } from "./news";
import { progressBoard } from "./progress";
import {
  beatService,
  changeDownload,
  changeItem,
  changePages,
  changeRequest,
  changeService,
  type DownloadList,
  type RequestList,
} from "./reducer";

/** Changes of one kind within this time cause one reading of the lists, not one each. */
const GATHER_MS = 400;

/** However many changes come, a list is read again this seldom: a few pages open at once stay within the limit of calls. */
const REST_MS = 6000;

type Handler = (message: LiveMessage) => void;

export class LiveCache {
  private readonly pending = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly readAt = new Map<string, number>();
  private readonly handlers: Record<string, Handler>;
  private readonly client: QueryClient;

  constructor(client: QueryClient) {
    this.client = client;
    this.handlers = {
      "status.snapshot": (m) => this.takeSnapshot(m.data as { items: ServiceChange[] }),
      "service.changed": (m) => this.takeServices([m.data as ServiceChange]),
      "service.beat": (m) => this.takeBeat(m.data as Beat),
      "item.progress": (m) => progressBoard.put(m.data as ItemProgress),
      "session.started": () => this.tellNewDevice(),
      "session.revoked": () => this.soon(sessionKeys.me),
      resync: (m) => this.reread(m.topic),
    };
  }

  take(message: LiveMessage) {
    const handler = this.handlers[message.type];
    if (handler) handler(message);
    else if (message.type.endsWith(".snapshot")) return;
    else if (message.topic === "requests") this.takeRequest(message);
    else if (message.topic === "downloads") this.takeDownload(message);
  }

  /** Something may have been missed: read again what is shown. */
  reread(topic?: string) {
    const keys: Record<string, readonly string[]> = {
      status: statusKeys.all,
      requests: requestKeys.all,
      downloads: downloadKeys.all,
      session: sessionKeys.me,
    };
    const one = topic ? keys[topic] : undefined;
    for (const key of one ? [one] : Object.values(keys)) this.soon(key);
    if (!topic || topic === "downloads") this.soon(followKeys.all);
  }

  stop() {
    for (const timer of this.pending.values()) clearTimeout(timer);
    this.pending.clear();
  }

  private soon(key: readonly unknown[]) {
    const name = JSON.stringify(key);
    if (this.pending.has(name)) return;
    const rested = (this.readAt.get(name) ?? -REST_MS) + REST_MS;
    const run = () => {
      this.pending.delete(name);
      this.readAt.set(name, Date.now());
      void this.client.invalidateQueries({ queryKey: key });
    };
    this.pending.set(name, setTimeout(run, Math.max(GATHER_MS, rested - Date.now())));
  }

  private takeSnapshot({ items }: { items: ServiceChange[] }) {
    if (Array.isArray(items)) this.takeServices(items);
  }

  private takeServices(changes: ServiceChange[]) {
    const before = this.client.getQueryData<StatusDocument>(statusKeys.document);
    if (!before) return;
    const after = changes.reduce(changeService, before);
    const known = new Set(before.items.map((service) => service.service_id));
    if (after !== before) this.client.setQueryData(statusKeys.document, after);
    if (after !== before || changes.some((change) => !known.has(change.service_id))) this.soon(statusKeys.all);
    for (const service of after.items) {
      const old = before.items.find((one) => one.service_id === service.service_id);
      if (old && old.health !== service.health) announce(`${service.name}: ${SERVICE[service.health].word}.`);
    }
  }

  private takeBeat(beat: Beat) {
    this.client.setQueryData<StatusDocument>(statusKeys.document, (document) => document && beatService(document, beat));
  }

  private takeRequest(message: LiveMessage) {
    const change = message.data as RequestChange;
    this.client.setQueriesData<RequestList>({ queryKey: requestKeys.lists }, (list) => list && changePages(list, (row: MediaRequest) => changeRequest(row, change)));
    this.client.setQueryData<MediaRequest>(requestKeys.detail(change.request_id), (one: MediaRequest | undefined) => one && changeRequest(one, change));
    const mine = change.user_id === this.client.getQueryData<Me>(sessionKeys.me)?.id;
    if (message.type === "request.created" && !mine) newsStore.set((news) => ({ ...news, requests: news.requests + 1 }));
    else this.soon(requestKeys.all);
    this.soon(mediaKeys.all);
    if (message.type === "request.became_available") this.soon(libraryKeys.recent);
    if (mine) this.tellRequest(message.type);
  }

  private tellRequest(type: string) {
    const words: Record<string, string> = {
      "request.approved": "A request of yours was approved.",
      "request.declined": "A request of yours was declined.",
      "request.became_available": "A request of yours is in Plex.",
      "request.failed": "A request of yours did not work.",
    };
    const sentence = words[type];
    if (sentence) announce(sentence);
  }

  private takeDownload({ type, data }: LiveMessage) {
    if (type.startsWith("item.")) this.takeItem(data as ItemChange);
    else if (type.startsWith("download.")) this.takeDownloadChange(type, data as DownloadChange);
    else if (type.startsWith("follow.")) this.soon(followKeys.all);
    else this.soon(statusKeys.all); // a way out was paused or is free again
  }

  private takeItem(change: ItemChange) {
    if (change.status !== "running") progressBoard.drop(change.item_id);
    this.client.setQueryData<Download>(downloadKeys.detail(change.download_id), (one: Download | undefined) => one && changeItem(one, change));
    this.soon(downloadKeys.detail(change.download_id));
  }

  private takeDownloadChange(type: string, change: DownloadChange) {
    this.client.setQueriesData<DownloadList>({ queryKey: downloadKeys.lists }, (list) => list && changePages(list, (row: Download) => changeDownload(row, change)));
    this.client.setQueryData<Download>(downloadKeys.detail(change.download_id), (one: Download | undefined) => one && changeDownload(one, change));
    if (change.status !== "running") progressBoard.dropDownload(change.download_id);
    this.soon(downloadKeys.all);
    this.soon(followKeys.all); // what it keeps is counted there too
    if (type === "download.completed") announce("A download is done.");
    if (type === "download.failed") announce("A download failed.");
    if (change.in_plex === "done") this.soon(libraryKeys.recent);
  }

  private tellNewDevice() {
    toast("Somebody signed in to your account on another device. Was it not you? Sign that device out in your profile.");
    this.soon(sessionKeys.devices);
  }
}
