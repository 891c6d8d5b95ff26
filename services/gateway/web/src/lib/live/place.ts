/**
 * Our place in the stream of facts, so that after a gap only what was missed is sent.
 * A new connection begins with a snapshot that names the newest fact; what was missed before it comes after it.
 * So a snapshot is our place only when we had none, or when the server says that it cannot fill the gap.
 */
import type { LiveMessage } from "./messages";

const STATUS = "status"; // counts its own way, and begins with the whole state

function sequenceOf(message: LiveMessage): number | null {
  const data = message.data as { sequence?: unknown } | undefined;
  return typeof data?.sequence === "number" ? data.sequence : null;
}

export class Place {
  private heard: number | null = null;
  private newest: number | null = null;

  note(message: LiveMessage) {
    if (message.topic === STATUS) return;
    if (message.type.endsWith(".snapshot")) {
      this.newest = sequenceOf(message) ?? this.newest;
      this.heard ??= this.newest;
    } else if (message.type === "resync") this.heard = this.newest;
    else if (typeof message.id === "number" && message.id > (this.heard ?? -1)) this.heard = message.id;
  }

  /** What to say when subscribing; nothing when we have no place yet. */
  asked(): { after?: number } {
    return this.heard === null ? {} : { after: this.heard };
  }
}
