import { expect, test } from "vitest";
import type { AnswerAck } from "protocol";
import { counts, read, readList, verdict } from "../../../src/client/core/replies";

const ANSWERED = { ok: true, seq: 1, rev: [1, 2], saved_at: 3, receipt: "r" };
const PROBLEM = { code: "paused", title: "It is paused.", retry: true, retry_after_ms: 100 };

test("an ack is one only with every field it must have, each of its type", () => {
  expect(read("answer", ANSWERED)).toMatchObject({ kind: "answered", ack: { receipt: "r" } });
  for (const not of [null, undefined, [], {}, "ok", true, 1, { ok: true }]) {
    expect(read("answer", not)).toBeNull();
  }
  expect(read("answer", { ...ANSWERED, rev: [1] })).toBeNull();
  expect(read("answer", { ...ANSWERED, receipt: 5 })).toBeNull();
  expect(read("answer", { ...ANSWERED, ok: "true" })).toBeNull();
});

test("a problem is read also when its code is not known yet", () => {
  const reply = read("answer", { ok: false, problem: { ...PROBLEM, code: "of_next_year" } });
  expect(reply).toMatchObject({ kind: "trouble", trouble: { code: "of_next_year", retry: true } });
  expect(read("answer", { ok: false, problem: { code: "x" } })).toBeNull();
  expect(read("answer", { ok: false })).toBeNull();
});

test("a list has a reply for each entry, or one problem for all, or none", () => {
  expect(readList({ ok: true, results: [ANSWERED, { ok: false, problem: PROBLEM }] }, 2)).toEqual([
    expect.objectContaining({ kind: "answered" }),
    expect.objectContaining({ kind: "trouble" }),
  ]);
  expect(readList({ ok: true, results: [ANSWERED] }, 2)).toBeNull();
  expect(readList({ ok: false, problem: PROBLEM }, 2)).toMatchObject({ code: "paused" });
  expect(readList([], 0)).toBeNull();
});

test("superseded and late answers do not count", () => {
  expect(counts(ANSWERED as unknown as AnswerAck)).toBe(true);
  expect(counts({ ...ANSWERED, superseded: true } as unknown as AnswerAck)).toBe(false);
  expect(counts({ ...ANSWERED, counted: false } as unknown as AnswerAck)).toBe(false);
});

test.each([
  ["not_joined", "answer", false, false, "rejoin"],
  ["lease_lost", "answer", false, false, "rejoin"],
  ["lease_lost", "join", false, false, "final"],
  ["not_started", "answer", false, true, "rejoin"],
  ["not_started", "answer", false, false, "final"],
  ["seq_reused", "answer", false, true, "restamp"],
  ["bad_receipt", "answer", true, true, "restamp"],
  ["bad_receipt", "answer", false, true, "final"],
  ["token_expired", "answer", false, true, "reconnect"],
] as const)("%s to %s (replay %s, started %s): %s", (code, event, replay, started, todo) => {
  const trouble = { code, retry: false, title: "", detail: "", retry_after_ms: null, data: {} };
  expect(verdict(trouble, event, { replay, started })).toBe(todo);
});
