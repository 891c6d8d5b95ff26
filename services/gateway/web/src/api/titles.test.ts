import { expect, it } from "vitest";

import { allNamed, named } from "./titles";

const url = "https://www.youtube.com/watch?v=abc&list=xyz";

it.each([
  ["unknown", "Link from youtube.com"],
  ["playlist", "Playlist from youtube.com"],
])("what is known by its address alone, of the kind %s, is named for people", (kind, title) => {
  expect(named({ title: url, url, kind })).toEqual({ title, url, kind });
});

it("a title stays, and so does what is no address", () => {
  expect(named({ title: "Bread", url, kind: "video" }).title).toBe("Bread");
  expect(named({ title: "bread", url: "bread", kind: "video" }).title).toBe("Video from bread");
});

it("a page keeps what else it has", () => {
  expect(allNamed({ items: [{ title: url, url, kind: "video" }], next_cursor: "n" })).toEqual({
    items: [{ title: "Video from youtube.com", url, kind: "video" }],
    next_cursor: "n",
  });
});
