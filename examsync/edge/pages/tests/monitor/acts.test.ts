/** Acts: what they ask for, to whom they can be done, what they send, what came of them. */
import { describe, expect, it } from "vitest";
import type { ActView } from "../../src/client/monitor";
import {
  ASKS,
  faultOf,
  type Kind,
  ON_EXAM,
  ON_ROWS,
  PER_ACT_MAX,
  runs,
  split,
  termsOf,
  whyNone,
} from "../../src/monitor/acts";
import { A } from "../../src/monitor/actwords";
import { sentences } from "../../src/monitor/actslist";
import { grouped } from "../../src/monitor/dispatch";
import { link, NOW, row, seat } from "./rows";

const can = (id: string, kinds: Record<string, string>) => seat(row(id, { can: kinds }), link(id));

describe("whom an act can be done to", () => {
  const seats = [can("a", { pause: "" }), can("b", { pause: "The attempt is closed." })];

  it("is what the server says in `can`, with its reason", () => {
    const { can: some, cannot } = split("pause", seats);
    expect(some.map((each) => each.row.attempt)).toEqual(["a"]);
    expect(cannot.map(({ why }) => why)).toEqual(["The attempt is closed."]);
  });

  it("goes on with the exam where the clock stands with it", () => {
    const with_exam = seat(row("c", { paused_since: NOW, can: { resume: "It is not paused." } }));
    const alone = seat(row("d", { state: "paused", paused_since: NOW, can: { resume: "" } }));
    expect(split("resume", [with_exam, alone]).can).toEqual([alone]);
    expect(whyNone("resume", [with_exam])).toBe(A.examStands);
  });

  it("is refused as a whole only when nobody is left", () => {
    expect(whyNone("pause", seats)).toBe("");
    expect(whyNone("pause", seats.slice(1))).toBe("The attempt is closed.");
  });
});

describe("terms", () => {
  it("are checked before anything is sent", () => {
    expect(faultOf("extend", { reason: "fire" })).toBe("minutes");
    expect(faultOf("extend", { minutes: 0, reason: "fire" })).toBe("minutes");
    expect(faultOf("extend", { minutes: Number.NaN, reason: "fire" })).toBe("minutes");
    expect(faultOf("extend", { minutes: 1_441, reason: "fire" })).toBe("minutes");
    expect(faultOf("extend", { minutes: 5, reason: " " })).toBe("reason");
    expect(faultOf("extend", { minutes: 5, reason: "fire" })).toBe("");
    expect(faultOf("message", { text: "" })).toBe("text");
    expect(faultOf("resume", {})).toBe("");
    expect(faultOf("reopen", { reason: "x", minutes: 0 })).toBe("");
    expect(faultOf("pause", { reason: "x".repeat(501) })).toBe("reason");
  });

  it("are sent as the wire has them", () => {
    expect(termsOf("extend", ["a"], { minutes: 2.5, reason: " fire " })).toEqual({
      ...{ attempts: ["a"], extra_ms: 150_000, reason: "fire" },
    });
    expect(termsOf("announce", "all", { text: "hi" })).toEqual({ text: "hi" });
    expect(termsOf("resolve", ["a"], {})).toEqual({ attempts: ["a"], reason: "" });
    expect(termsOf("reopen", "all", { reason: "x" })).toEqual({ attempts: "all", reason: "x" });
  });

  it("for very many are sent in parts that fit an event", () => {
    const many = Array.from({ length: PER_ACT_MAX + 1 }, (_, at) => `a${at}`);
    expect(runs(many).map((some) => some.length)).toEqual([PER_ACT_MAX, 1]);
    expect(runs("all")).toEqual(["all"]);
  });
});

it("offers every act somewhere, and to the whole exam only what the server takes for all", () => {
  const offered = new Set<Kind>([...ON_ROWS, ...ON_EXAM]);
  expect([...offered].sort()).toEqual(Object.keys(ASKS).sort());
  expect(ON_EXAM.every((kind) => ASKS[kind].whole)).toBe(true);
});

describe("what came of an act", () => {
  const act = (more: Partial<ActView>): ActView => ({
    ...{ id: "i", act: "pause", terms: { attempts: ["a"] }, group: "g", made_at: NOW },
    ...{ state: "waiting", tries: 0, durable: false, done: [], not_done: [] },
    ...{ problem: null, meant_for: 0, seen: [], seen_sure: true },
    ...more,
  });
  const said = (parts: ActView[], away = false) => sentences(parts, away).map(([, text]) => text);

  it("is told at every stage", () => {
    expect(said([act({})], true)).toEqual(["Waits for a connection"]);
    expect(said([act({ tries: 1 })])).toEqual(["No answer yet; it will be asked again"]);
    expect(said([act({ state: "sent", tries: 1 })])).toEqual(["Sending…"]);
    expect(said([act({ state: "withdrawn" })])[0]).toContain("nothing was sent");
    expect(said([act({ state: "done", done: ["a"] })])).toEqual([
      ...["✓ Done for 1 candidate", "not on record yet"],
    ]);
    const problem = { code: "forbidden", title: "This token does not allow that.", detail: "" };
    expect(said([act({ state: "refused", problem })])[0]).toContain("does not allow");
  });

  it("adds up over its parts, receipts too", () => {
    const part = (done: string[], seen: string[]) =>
      act({ act: "message", state: "done", durable: true, done, seen, meant_for: done.length });
    expect(said([part(["a", "b"], ["a"]), part(["c"], ["c"])])).toEqual([
      ...["✓ Done for 3 candidates", "on record", "2 of 3 seen"],
    ]);
  });

  it("does not claim to know receipts it may have missed", () => {
    const sent = { act: "message", state: "done", done: ["a"], meant_for: 1 } as const;
    expect(said([act({ ...sent, seen_sure: false })]).at(-1)).toBe("at least 0 of 1 seen");
  });

  it("is listed the newest first, parts together", () => {
    const all = [act({ id: "1" }), act({ id: "2", group: "h" }), act({ id: "3", group: "h" })];
    expect(grouped(all).map(({ parts }) => parts.length)).toEqual([2, 1]);
  });
});
