import { describe, expect, it, vi } from "vitest";

import type { ItemProgress } from "./messages";
import { ProgressBoard } from "./progress";

function makeProgress(fields: Partial<ItemProgress> = {}): ItemProgress {
  return { item_id: "i1", download_id: "d1", attempt: 1, phase: "downloading", progress: 0.5, downloaded_bytes: 50, total_bytes: 100, speed: 10, eta: 5, ...fields };
}

describe("the progress board", () => {
  it("tells only who watches that download", () => {
    const board = new ProgressBoard(() => false);
    const [mine, other] = [vi.fn(), vi.fn()];
    board.subscribe("d1", mine);
    board.subscribe("d2", other);
    board.put(makeProgress());
    expect(mine).toHaveBeenCalledOnce();
    expect(other).not.toHaveBeenCalled();
  });

  it("drops what an earlier attempt still says", () => {
    const board = new ProgressBoard(() => false);
    board.put(makeProgress({ attempt: 2, progress: 0.1 }));
    board.put(makeProgress({ attempt: 1, progress: 0.9 }));
    expect(board.ofDownload("d1")[0]?.progress).toBe(0.1);
  });

  it("forgets an item that is settled", () => {
    const board = new ProgressBoard(() => false);
    board.put(makeProgress());
    board.drop("i1");
    expect(board.ofDownload("d1")).toHaveLength(0);
  });

  it("gives the same list until something changes, so that nothing is drawn in vain", () => {
    const board = new ProgressBoard(() => false);
    board.put(makeProgress());
    expect(board.ofDownload("d1")).toBe(board.ofDownload("d1"));
  });

  it("draws nothing while hidden and everything on waking", () => {
    let hidden = true;
    const board = new ProgressBoard(() => hidden);
    const listener = vi.fn();
    board.subscribe("d1", listener);
    board.put(makeProgress());
    board.put(makeProgress({ progress: 0.7 }));
    expect(listener).not.toHaveBeenCalled();
    hidden = false;
    board.wake();
    expect(listener).toHaveBeenCalledOnce();
    expect(board.ofDownload("d1")[0]?.progress).toBe(0.7);
  });
});
