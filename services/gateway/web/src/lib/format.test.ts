import { describe, expect, it } from "vitest";

import { ago, count, listed, moment, percent, remaining, seasons, size, span, speed, uptime, when } from "./format";

const NOW = new Date(2026, 10, 22, 14, 0).getTime();
const at = (...parts: [number, number, number, number?, number?]) => new Date(...(parts as [number, number, number, number, number]));

describe("a time", () => {
  it.each([
    [at(2026, 10, 22, 12, 3), "12:03"],
    [at(2026, 10, 22, 23, 30), "23:30"],
    [at(2026, 10, 20, 9, 0), "Friday"],
    [at(2026, 10, 12, 9, 0), "12 Nov"],
    [at(2025, 10, 12, 9, 0), "12 Nov 2025"],
  ])("%s reads %s", (date, words) => {
    expect(when(date, NOW)).toBe(words);
  });

  it("that is to come has its clock time too", () => {
    expect(moment(at(2026, 10, 26, 18, 0), NOW)).toBe("Thursday 18:00");
    expect(moment(at(2026, 10, 22, 18, 0), NOW)).toBe("18:00");
  });

  it("of a moment ago is just now", () => {
    expect(ago(new Date(NOW - 5_000), NOW)).toBe("just now");
    expect(ago(new Date(NOW - 27 * 60_000), NOW)).toBe("27 min ago");
  });
});

describe("a length of time", () => {
  it.each([
    [0, "0 s"],
    [59, "59 s"],
    [612, "10 min"],
    [15_000, "4 h 10 min"],
    [7_200, "2 h"],
    [3 * 86_400, "3 days"],
  ])("of %i s reads %s", (seconds, words) => {
    expect(span(seconds)).toBe(words);
  });

  it("that remains is told in minutes", () => {
    expect(remaining(12)).toBe("under a minute left");
    expect(remaining(61)).toBe("about 2 min left");
  });
});

describe("a size", () => {
  it.each([
    [0, "0 kB"],
    [1, "1 kB"],
    [412_000_000, "412 MB"],
    [6_200_000_000, "6.2 GB"],
    [250_000_000_000, "250 GB"],
  ])("of %i bytes reads %s", (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });

  it("a second is a speed", () => {
    expect(speed(4_100_000)).toBe("4.1 MB/s");
    expect(speed(80_000)).toBe("80 kB/s");
  });
});

describe("a share", () => {
  it("is whole only when it is whole", () => {
    expect([0, 0.001, 0.62, 0.999, 1].map(percent)).toEqual(["0 %", "1 %", "62 %", "99 %", "100 %"]);
  });

  it("of uptime is never rounded up to all of it", () => {
    expect([1, 0.99999, 0.9921, 0].map(uptime)).toEqual(["100 %", "99.99 %", "99.21 %", "0.00 %"]);
  });
});

describe("words", () => {
  it("count", () => {
    expect([count(1, "video"), count(2, "video"), count(1234, "day")]).toEqual(["1 video", "2 videos", "1,234 days"]);
  });

  it("list", () => {
    expect([listed([]), listed(["a"]), listed(["a", "b", "c"])]).toEqual(["", "a", "a, b and c"]);
  });

  it("name seasons by their runs", () => {
    expect(seasons([2])).toBe("season 2");
    expect(seasons([5, 1, 3, 2])).toBe("seasons 1–3 and 5");
  });
});
