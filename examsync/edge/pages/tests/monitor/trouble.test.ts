/** Who needs an examiner first. */
import { describe, expect, it } from "vitest";
import { arranged, PLAIN_VIEW } from "../../src/monitor/arrange";
import { BELL_MS, NOTABLE, recentSignals, trouble } from "../../src/monitor/trouble";
import { AROUND, link, NOW, row, seated } from "./rows";

const of = (...said: Parameters<typeof row>) => row(...said);

describe("the order by trouble", () => {
  const rows = [
    of("fine"),
    of("late-answers", { late: 2 }),
    of("unsaved"),
    of("recent", { violations: 1 }),
    of("silent"),
    of("away"),
    of("device", { takeover_waiting: true }),
    of("hand", { hand: true }),
    of("bell", { state: "not_started" }),
    of("kept", { kept: 1 }),
    of("regrade", { state: "submitted", grading: "regrade_proposed" }),
    of("earlier", { state: "submitted", violations: 3 }),
    of("hidden"),
  ];
  const links = rows.map(({ attempt }) => {
    if (attempt === "silent") return link(attempt, { level: "silent" });
    if (attempt === "away") return link(attempt, { level: "away" });
    if (attempt === "unsaved") return link(attempt, { pending: 12 });
    if (attempt === "hidden") return link(attempt, { visible: false });
    return link(attempt);
  });
  const around = { now: NOW, recent: new Map([["recent", 1]]), opensAt: NOW - BELL_MS };

  it("is the documented one", () => {
    const seats = seated(rows, links, around);
    expect(arranged(seats.values(), PLAIN_VIEW)).toEqual([
      ...["hand", "device", "away", "silent", "recent", "unsaved", "bell"],
      ...["kept", "regrade", "late-answers", "earlier", "hidden", "fine"],
    ]);
  });

  it("puts one raised hand above any heap of lesser things", () => {
    const heap = of("heap", { violations: 9, kept: 4, late: 4 });
    const seats = seated(
      [heap, of("hand", { hand: true })],
      [link("heap", { level: "away", pending: 50, visible: false }), link("hand")],
    );
    expect(arranged(seats.values(), PLAIN_VIEW)[0]).toBe("hand");
  });

  it("goes by the sum among equals, then by who is under way, then by name", () => {
    const seats = seated([
      of("b", { name: "Bo", state: "submitted" }),
      of("c", { name: "Cy" }),
      of("a", { name: "Al" }),
      of("d", { name: "Di", hand: true }),
      of("e", { name: "Ed", hand: true, kept: 1 }),
    ]);
    expect(arranged(seats.values(), PLAIN_VIEW)).toEqual(["e", "d", "a", "c", "b"]);
  });
});

describe("the reasons", () => {
  it("are all named, the weightiest first", () => {
    const found = trouble(
      row("a", { hand: true, late: 1 }),
      link("a", { level: "away", pending: 2 }),
      AROUND,
    );
    expect(found.reasons.map(({ text }) => text)).toEqual([
      ...["hand raised", "away", "1 answer late", "2 answers on the way"],
    ]);
  });

  it("of an answer on its way or a slow line are said and move no row", () => {
    const found = trouble(row("a"), link("a", { pending: 1, rtt_ms: 2_000 }), AROUND);
    expect(found.reasons).toHaveLength(2);
    expect(found.weight).toBeLessThan(NOTABLE);
  });

  it("say nothing of the line of who has not begun or has finished", () => {
    for (const state of ["not_started", "submitted", "expired", "absent"] as const) {
      expect(trouble(row("a", { state }), undefined, AROUND).reasons).toEqual([]);
    }
  });

  it("name who works without a connection", () => {
    expect(trouble(row("a"), undefined, AROUND).reasons[0]?.text).toBe("not connected");
  });

  it("count a start as late only after the bell and its minutes", () => {
    const late = row("a", { state: "not_started" });
    const at = (now: number) => trouble(late, undefined, { ...AROUND, now, opensAt: NOW }).weight;
    expect(at(NOW + BELL_MS - 1)).toBe(0);
    expect(at(NOW + BELL_MS)).toBeGreaterThan(NOTABLE);
    expect(trouble(late, undefined, { ...AROUND, now: NOW * 2 }).weight).toBe(0);
  });

  it("never speak of cheating", () => {
    const found = trouble(row("a", { violations: 99 }), link("a"), AROUND);
    expect(JSON.stringify(found).toLowerCase()).not.toContain("cheat");
  });
});

it("counts as recent the signals of the last ten minutes only", () => {
  const signals = [
    { attempt: "a", at: NOW - 599_999 },
    { attempt: "a", at: NOW - 600_000 },
    { attempt: "b", at: NOW },
  ];
  expect([...recentSignals(signals, NOW)]).toEqual([
    ["a", 1],
    ["b", 1],
  ]);
});
