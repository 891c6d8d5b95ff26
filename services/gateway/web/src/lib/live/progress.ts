/**
 * Where running items stand, twice a second. Kept outside the query cache, so that one item's
 * step renders one row. A hidden tab takes in everything and draws nothing until it is seen again.
 */
import { useSyncExternalStore } from "react";

import type { ItemProgress } from "./messages";

export class ProgressBoard {
  private readonly items = new Map<string, ItemProgress>();
  private readonly byDownload = new Map<string, readonly ItemProgress[]>();
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly unseen = new Set<string>();
  private readonly isHidden: () => boolean;

  constructor(isHidden: () => boolean) {
    this.isHidden = isHidden;
  }

  put(progress: ItemProgress) {
    const known = this.items.get(progress.item_id);
    if (known && known.attempt > progress.attempt) return;
    this.items.set(progress.item_id, progress);
    this.regroup(progress.download_id);
  }

  /** The item is settled, or given back: what was last heard of it no longer holds. */
  drop(itemId: string) {
    const known = this.items.get(itemId);
    if (!known) return;
    this.items.delete(itemId);
    this.regroup(known.download_id);
  }

  dropDownload(downloadId: string) {
    for (const item of this.ofDownload(downloadId)) this.items.delete(item.item_id);
    this.regroup(downloadId);
  }

  clear() {
    const downloads = [...this.byDownload.keys()];
    this.items.clear();
    for (const id of downloads) this.regroup(id);
  }

  ofDownload(downloadId: string): readonly ItemProgress[] {
    return this.byDownload.get(downloadId) ?? NOTHING;
  }

  subscribe(downloadId: string, listener: () => void): () => void {
    const listeners = this.listeners.get(downloadId) ?? new Set();
    this.listeners.set(downloadId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.listeners.delete(downloadId);
    };
  }

  /** Draw what came while the tab was hidden. */
  wake() {
    for (const id of this.unseen) this.notify(id);
    this.unseen.clear();
  }

  private regroup(downloadId: string) {
    const items = [...this.items.values()].filter((item) => item.download_id === downloadId);
    if (items.length > 0) this.byDownload.set(downloadId, items);
    else this.byDownload.delete(downloadId);
    if (this.isHidden()) this.unseen.add(downloadId);
    else this.notify(downloadId);
  }

  private notify(downloadId: string) {
    for (const listener of [...(this.listeners.get(downloadId) ?? [])]) listener();
  }
}

const NOTHING: readonly ItemProgress[] = [];

export const progressBoard = new ProgressBoard(() => typeof document !== "undefined" && document.hidden);

export function useProgress(downloadId: string): readonly ItemProgress[] {
  return useSyncExternalStore(
    (listener) => progressBoard.subscribe(downloadId, listener),
    () => progressBoard.ofDownload(downloadId),
  );
}
