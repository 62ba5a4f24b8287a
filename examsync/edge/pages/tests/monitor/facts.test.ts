/** Facts in words for people. */
import { describe, expect, it } from "vitest";
import type { Fact } from "protocol";
import { happenings } from "../../src/monitor/earlier";
import { lines, tell, who } from "../../src/monitor/facts";
import { joined } from "../../src/monitor/timelining";
import { fact, NOW } from "./rows";

const saved = (n: number, more: object = {}): Fact =>
  fact(n, {
    ...{ kind: "answer_saved", item: `q${n}`, lease: "l", seq: n, digest: "d" },
    ...{ response: "A", arrived: NOW, ...more },
  });

const BODIES: Fact["body"][] = [
  { kind: "lease_granted", id: "i", lease: "l", instance: "x" },
  { kind: "takeover_requested", id: "i", instance: "x" },
  { kind: "takeover_approved", id: "i", instance: "x", reason: "" },
  { kind: "started", id: "i", started_at: NOW },
  {
    ...{ kind: "answer_kept", item: "q", lease: "l", seq: 1, digest: "d", response: "A" },
    ...{ arrived: NOW, why: "late" },
  },
  { kind: "violation_reported", id: "i", signal: "tab_hidden", client_at: NOW, detail: "" },
  { kind: "hand_raised", id: "i", raised: true, text: "?" },
  { kind: "notice_sent", id: "i", text: "t" },
  { kind: "notice_acknowledged", id: "i", notice: "n" },
  { kind: "submitted", id: "i", closed_at: NOW },
  { kind: "expired", closed_at: NOW, deadline: NOW, unresumed: false },
  { kind: "absent", closed_at: NOW },
  { kind: "terminated", id: "i", closed_at: NOW, reason: "r" },
  { kind: "paused", id: "i", paused_at: NOW, reason: "r" },
  { kind: "resumed", id: "i", resumed_at: NOW, reason: "" },
  { kind: "extended", id: "i", extra_ms: 300_000, reason: "r" },
  { kind: "reopened", id: "i", reopened_at: NOW, extra_ms: 0, reason: "r" },
  { kind: "command_recorded", id: "i", command: "submit" },
  {
    ...{ kind: "erased", id: "i", scope: "answers", reason: "r", state: "submitted" },
    ...{ closed_at: NOW, closes: 1 },
  },
  { kind: "blanked", was: "answer_saved", digest: "d" },
];

describe("tell", () => {
  it("has words for every kind of fact, and none of them is cheating", () => {
    for (const body of [...BODIES, saved(1).body]) {
      const { text } = tell(fact(1, body));
      expect(text).not.toBe("");
      expect(text).not.toContain("_");
      expect(text.toLowerCase()).not.toContain("cheat");
    }
  });

  it("says what an act said, and why", () => {
    const extended = tell(
      fact(1, { kind: "extended", id: "i", extra_ms: 300_000, reason: "fire" }),
    );
    expect(extended).toMatchObject({ text: "5 min more", quote: "fire", tone: "act" });
  });

  it("keeps the device's time of a signal beside the server's", () => {
    const body = { kind: "violation_reported", id: "i", signal: "copy", detail: "x" } as const;
    expect(tell(fact(1, { ...body, client_at: 5 })).device_at).toBe(5);
  });

  it("tells who handed in", () => {
    const body = { kind: "submitted", id: "i", closed_at: NOW } as const;
    expect(tell(fact(1, body)).text).toBe("Handed in");
    expect(tell(fact(1, body, { by: "examiner:eve" })).text).toBe("Handed in for the candidate");
  });

  it("names a kind it does not know yet as it is", () => {
    expect(tell(fact(1, { kind: "moon_landed" } as never)).text).toBe("moon landed");
  });
});

it("tells who is behind a fact", () => {
  const by = (name: string) => who(fact(1, BODIES[3] as Fact["body"], { by: name }), "c-a1");
  expect(by("examiner:eve")).toBe("eve, examiner");
  expect(by("candidate:c-a1")).toBe("the candidate");
  expect(by("c-a1")).toBe("the candidate");
  expect(by("system")).toBe("the server");
});

describe("lines", () => {
  const facts = [saved(1), saved(2), fact(3, BODIES[6] as Fact["body"]), saved(4), saved(5)];

  it("are the newest first, with runs of answers as one", () => {
    const found = lines(facts, true);
    expect(found.map((line) => line.facts.length)).toEqual([2, 1, 2]);
    expect(found[0]).toMatchObject({ at: NOW + 4, until: NOW + 5 });
  });

  it("are one a fact when every answer is wanted", () => {
    expect(lines(facts, false)).toHaveLength(5);
  });

  it("never hide a late answer in a run", () => {
    const late = [saved(1), saved(2, { late: true }), saved(3)];
    expect(lines(late, true)).toHaveLength(3);
  });

  it("keep their keys when a run grows at its newer end", () => {
    const before = lines([saved(1), saved(2)], true);
    const after = lines([saved(1), saved(2), saved(3)], true);
    expect(after.at(-1)?.facts).toHaveLength(3);
    expect(before.at(-1)?.facts).toHaveLength(2);
  });
});

it("puts pages of facts together, each once, in order", () => {
  const found = joined([saved(3), saved(4)], [saved(1), saved(3), saved(2)]);
  expect(found.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
});

it("finds signals and hands in a timeline as the feed would have told them", () => {
  const [signals, hands] = happenings({
    facts: [fact(1, BODIES[5] as Fact["body"]), fact(2, BODIES[6] as Fact["body"])],
  });
  expect(signals).toEqual([
    { attempt: "a1", id: "i", signal: "tab_hidden", at: NOW + 1, client_at: NOW },
  ]);
  expect(hands).toEqual([{ attempt: "a1", raised: true, at: NOW + 2, text: "?" }]);
});
