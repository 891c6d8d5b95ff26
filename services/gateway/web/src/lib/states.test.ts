import { describe, expect, it } from "vitest";

import { AVAILABILITY, DOWNLOAD, downloadLook, ITEM, type Look, REQUEST, requestLook, SERVICE } from "./states";

const tables: Record<string, Record<string, Look | null>> = { SERVICE, REQUEST, DOWNLOAD, ITEM, AVAILABILITY };

describe("the table of states", () => {
  it.each(Object.entries(tables))("%s tells its states apart without colour", (_name, table) => {
    const looks = Object.values(table).filter((look) => look !== null);
    const signs = looks.map((look) => `${look.glyph} ${look.word}`);
    expect(new Set(signs).size).toBe(signs.length);
  });

  it("gives every state of a service a shape of its own", () => {
    const glyphs = Object.values(SERVICE).map((look) => look.glyph);
    expect(new Set(glyphs).size).toBe(glyphs.length);
  });

  it("says for what an approved request waits while nothing can be sent", () => {
    expect(requestLook("approved", false).word).toBe("Waits for Overseerr");
    expect(requestLook("approved", true).word).toBe("Approved");
    expect(requestLook("available", false).word).toBe("In Plex");
  });

  it("says to who decides that a request waits for them", () => {
    expect(requestLook("pending", true).word).toBe("Waits for the owner");
    expect(requestLook("pending", true, true).word).toBe("Waits for you");
  });

  it("does not call a fetched video done before Plex has it", () => {
    expect(downloadLook({ status: "completed", in_plex: "waiting" }).word).toBe("Saved, waits for Plex");
    expect(downloadLook({ status: "completed", in_plex: "done" }).word).toBe("In Plex");
    expect(downloadLook({ status: "completed", in_plex: "failed" }).word).toBe("Saved, not in Plex");
    expect(downloadLook({ status: "running", in_plex: "waiting" }).word).toBe("Running");
  });
});
