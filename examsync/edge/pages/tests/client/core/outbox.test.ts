import { expect, test } from "vitest";
import { ANSWER, JOIN, SUBMIT, stampOf } from "../../../src/client/core/entry";
import { ENTRIES_MAX, Outbox, OutboxFull } from "../../../src/client/core/outbox";
import { sent } from "../../../src/client/core/sending";

const A = "0000000000001-a";
const B = "0000000000002-b";

function leased(lease = A): Outbox {
  const outbox = new Outbox();
  outbox.relet(lease, 0);
  return outbox;
}

function given(outbox: Outbox): [string, unknown, number][] {
  return outbox.entries.map((entry) => [entry.lease, entry.body["response"], entry.seq]);
}

test("while an answer waits, a newer one to the item takes its place under the next seq", () => {
  const outbox = leased();
  outbox.answer("q1", "a");
  outbox.answer("q2", "b");
  outbox.answer("q1", "c");
  expect(given(outbox)).toEqual([
    [A, "b", 2],
    [A, "c", 3],
  ]);
});

test("one in flight is followed, not replaced, and dropped when its ack does not come", () => {
  const outbox = leased();
  const first = outbox.answer("q1", "a");
  sent([first], 0);
  outbox.answer("q1", "b");
  expect(given(outbox)).toHaveLength(2);
  outbox.disconnected();
  expect(given(outbox)).toEqual([[A, "b", 2]]);
});

test("an acked answer stays until it is durable in the epoch it was acked in", () => {
  const outbox = leased();
  const entry = outbox.answer("q1", "a");
  sent([entry], 0);
  outbox.acked(stampOf(entry), [2, 5], "r");
  outbox.durable([1, 99]);
  expect(outbox.entries).toHaveLength(1);
  outbox.durable([2, 4]);
  expect(outbox.entries).toHaveLength(1);
  outbox.durable([2, 5]);
  expect(outbox.entries).toHaveLength(0);
});

test("an ack of an older epoch leaves the entry to be sent again, with its receipt", () => {
  const outbox = leased();
  const entry = outbox.answer("q1", "a");
  sent([entry], 0);
  outbox.learnEpoch(3, 0);
  outbox.acked(stampOf(entry), [2, 5], "r", { replayAt: 70 });
  expect(entry).toMatchObject({ phase: "waiting", receipt: "r", not_before: 70 });
});

test("a new epoch sets everything acked before it waiting, in the old order", () => {
  const outbox = leased();
  const entries = [outbox.answer("q1", "a"), outbox.answer("q2", "b")];
  sent(entries, 0);
  for (const entry of entries) outbox.acked(stampOf(entry), [1, 1], "r");
  expect(outbox.learnEpoch(2, 500)).toBe(true);
  expect(outbox.learnEpoch(2, 900)).toBe(false);
  expect(entries.map((entry) => [entry.phase, entry.not_before])).toEqual([
    ["waiting", 500],
    ["waiting", 500],
  ]);
});

test("a newer lease re-stamps what no server has acked, and nothing else", () => {
  const outbox = leased();
  const acked = outbox.answer("q1", "a");
  sent([acked], 0);
  outbox.acked(stampOf(acked), [1, 1], "r");
  const flying = outbox.answer("q2", "b");
  sent([flying], 0);
  const stamp = stampOf(flying);
  outbox.answer("q2", "c");
  expect(outbox.relet(B, 0)).toBe(true);
  expect(given(outbox)).toEqual([
    [A, "a", 1],
    [B, "c", 4],
  ]);
  expect(outbox.acked(stamp, [1, 2], "r")).toBeNull();
});

test("an older lease is ignored", () => {
  const outbox = leased(B);
  expect(outbox.relet(A, 50)).toBe(false);
  expect(outbox.answer("q1", "a").seq).toBe(1);
});

test("a refused answer is listed and not named in a submit", () => {
  const outbox = leased();
  const good = outbox.answer("q1", "a");
  const bad = outbox.answer("q2", "b");
  sent([good, bad], 0);
  outbox.acked(stampOf(good), [1, 1], "r");
  outbox.refuse(stampOf(bad), "bad_response", "not one of its options");
  expect(outbox.refused).toMatchObject([{ code: "bad_response", seq: 2, was_acked: false }]);
  expect(outbox.holds()).toEqual({ q1: [A, 1] });
});

test("a refused join is nothing of the candidate's", () => {
  const outbox = leased();
  const join = outbox.command(JOIN, { id: "j" });
  sent([join], 0);
  outbox.refuse(stampOf(join), "lease_lost", "");
  expect(outbox.refused).toEqual([]);
  expect(outbox.entries).toEqual([]);
});

test("an answer that does not count leaves the older one that does", () => {
  const outbox = leased();
  const counted = outbox.answer("q1", "a");
  sent([counted], 0);
  outbox.acked(stampOf(counted), [1, 1], "r");
  const late = outbox.answer("q1", "b");
  sent([late], 0);
  outbox.acked(stampOf(late), [1, 2], "r", { counts: false });
  expect(outbox.entries).toHaveLength(2);
  expect(outbox.holds()).toEqual({ q1: [A, 1] });
});

test("what was in flight at a crash waits after it, and seq goes on", () => {
  const outbox = leased();
  sent([outbox.answer("q1", "a")], 0);
  const again = new Outbox(structuredClone(outbox.kept));
  expect(again.entries).toMatchObject([{ phase: "waiting", seq: 1, lease: A }]);
  expect(again.answer("q2", "b").seq).toBe(2);
});

test("a full outbox says so instead of forgetting, and still takes a join", () => {
  const outbox = leased();
  for (let n = 0; n < ENTRIES_MAX; n += 1) outbox.command("violation", { id: String(n) });
  expect(() => outbox.answer("q1", "a")).toThrow(OutboxFull);
  expect(() => outbox.command(SUBMIT, { id: "s" })).toThrow(OutboxFull);
  outbox.command(JOIN, { id: "j" });
  expect(outbox.entries[0]?.event).toBe(JOIN);
});

test("each change counts, so that whoever persists knows", () => {
  const outbox = leased();
  const before = outbox.changes;
  const entry = outbox.answer("q1", "a");
  expect(outbox.changes).toBeGreaterThan(before);
  const made = outbox.changes;
  sent([entry], 0);
  expect(outbox.changes).toBe(made);
  outbox.acked(stampOf(entry), [1, 1], "r");
  expect(outbox.changes).toBeGreaterThan(made);
  expect(outbox.find(ANSWER)).toBe(entry);
});
