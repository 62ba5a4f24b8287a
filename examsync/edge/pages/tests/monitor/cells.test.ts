/** What cells, badge and window say. */
import { describe, expect, it } from "vitest";
import type { MonitorConnection } from "../../src/client/monitor";
import { STALE_AFTER_MS, trustOf } from "../../src/monitor/badge";
import {
  age,
  clockOff,
  extraOf,
  hundredths,
  leftOf,
  lineOf,
  timeText,
} from "../../src/monitor/cells";
import { AROUND as DRAWN_AROUND, scrollFor, windowOf } from "../../src/monitor/windowing";
import { link, NOW, row } from "./rows";

describe("times", () => {
  it("are counted down from the deadline, and stand still while the clock does", () => {
    const running = row("a", { deadline: NOW + 65_000 });
    expect(timeText(running, NOW)).toBe("1:05");
    expect(timeText(running, NOW + 70_000)).toBe("0:00");
    const standing = { ...running, state: "paused" as const, paused_since: NOW };
    expect(leftOf(standing, NOW + 3_600_000)).toBe(65_000);
  });

  it("of who has not started are not shown", () => {
    expect(timeText(row("a", { state: "not_started", deadline: NOW + 1 }), NOW)).toBe("–");
  });

  it("name what is beyond the paper's own time", () => {
    const more = row("a", { started_at: NOW, deadline: NOW + 75 * 60_000 });
    expect(extraOf(more, 60 * 60_000)).toBe("15 min");
    expect(extraOf(more, 75 * 60_000)).toBeNull();
    expect(extraOf(more, undefined)).toBeNull();
  });

  it("of ages are short", () => {
    expect([age(NOW, NOW + 42_000), age(NOW, NOW + 300_000), age(NOW, NOW + 7_200_000)]).toEqual([
      ...["42 s", "5 min", "2 h"],
    ]);
    expect(age(NOW + 5_000, NOW)).toBe("0 s");
  });

  it("of a device are told where they are off", () => {
    expect(clockOff(NOW, NOW + 1_500)).toBeNull();
    expect(clockOff(NOW, NOW + 90_000)).toBe("+2 min");
    expect(clockOff(NOW, NOW - 5_000)).toBe("−5 s");
  });
});

describe("a connection", () => {
  it("is told in words of our own, with its age when it is not live", () => {
    const said = (more: object) => lineOf(row("a"), link("a", more), NOW);
    expect(said({ rtt_ms: 48 })).toMatchObject({ word: "Connected", more: "48 ms" });
    expect(said({ level: "silent", since: NOW - 31_000 })).toMatchObject({
      ...{ word: "Silent", more: "31 s" },
    });
    expect(said({ level: "away", since: NOW - 120_000 })).toMatchObject({ more: "2 min" });
    expect(said({ pending: 3 }).more).toBe("3 unsaved");
  });

  it("that nobody needs raises no alarm", () => {
    expect(lineOf(row("a", { state: "submitted" }), undefined, NOW).sign).toBe("none");
    const left = link("a", { level: "away" });
    expect(lineOf(row("a", { state: "expired" }), left, NOW).sign).toBe("none");
    expect(lineOf(row("a", { state: "not_started" }), undefined, NOW).word).toBe("Not here yet");
  });

  it("that is missing while somebody works counts as away", () => {
    expect(lineOf(row("a"), undefined, NOW)).toMatchObject({ sign: "away", word: "Away" });
  });
});

it("shows a full bar only when everything is answered", () => {
  expect(hundredths(199, 200)).toBe(99);
  expect(hundredths(200, 200)).toBe(100);
  expect(hundredths(1, 0)).toBe(0);
});

describe("the badge", () => {
  const on = (state: MonitorConnection["state"]): MonitorConnection => ({
    ...{ state, reason: "", detail: "", tries: 0, next_try_at: null, fresh_at: NOW },
  });

  it("says live only while the server is heard", () => {
    expect(trustOf(on("live"), STALE_AFTER_MS - 1, NOW).trust).toBe("live");
    expect(trustOf(on("live"), STALE_AFTER_MS, NOW)).toMatchObject({
      ...{ trust: "stale", word: "Stale 8 s" },
    });
  });

  it("says as of when the picture is when there is no connection", () => {
    const told = trustOf(on("offline"), 60_000, NOW);
    expect(told.trust).toBe("offline");
    expect(told.about).toContain(new Date(NOW - 60_000).getSeconds().toString().padStart(2, "0"));
  });

  it("says what the server said when it refused", () => {
    const refused = { ...on("closed"), detail: "This token does not allow that." };
    expect(trustOf(refused, null, NOW).about).toContain("does not allow");
  });
});

describe("the window", () => {
  it("draws what is in sight and a few around, whatever there is", () => {
    const { first, end, above, below } = windowOf(5_000, 46, 46 * 2_000, 700);
    expect(first).toBeLessThanOrEqual(2_000 - DRAWN_AROUND);
    expect(end).toBeGreaterThanOrEqual(2_000 + Math.ceil(700 / 46));
    expect(end - first).toBeLessThan(70);
    expect(above + (end - first) * 46 + below).toBe(5_000 * 46);
  });

  it("is whole for a few rows, and empty for none", () => {
    expect(windowOf(3, 46, 0, 700)).toEqual({ first: 0, end: 3, above: 0, below: 0 });
    expect(windowOf(0, 46, 900, 700)).toMatchObject({ first: 0, end: 0 });
  });

  it("still shows rows when the list became shorter than where it was scrolled to", () => {
    const { first, end } = windowOf(5, 46, 100_000, 700);
    expect(end - first).toBeGreaterThan(0);
  });

  it("scrolls only as far as it must", () => {
    expect(scrollFor(10, 46, 0, 700, 38)).toBeNull();
    expect(scrollFor(0, 46, 500, 700, 38)).toBe(0);
    expect(scrollFor(100, 46, 0, 700, 38)).toBe(101 * 46 + 38 - 700);
  });
});
