import { expect, test } from "vitest";
import { type Entry, newEntry, wait } from "../../../src/client/core/entry";
import * as sending from "../../../src/client/core/sending";

let number = 0;
const entry = (event: string, more: Partial<Entry> = {}): Entry => ({
  ...newEntry(++number, event, event === "answer" ? { item: "q", response: "a" } : { id: "i" }),
  ...more,
});
const events = (entries: readonly Entry[]): string[] => entries.map(({ event }) => event);

test("nothing passes a join, answers wait for the start, a submit for answers and signals", () => {
  const [join, start, answer, hand, submit] = [
    entry("join"),
    entry("start"),
    entry("answer"),
    entry("raise_hand"),
    entry("submit"),
  ] as [Entry, Entry, Entry, Entry, Entry];
  const all = [join, start, answer, hand, submit];
  expect(events(sending.due(all, 0))).toEqual(["join"]);
  join.phase = "acked";
  expect(events(sending.due(all, 0))).toEqual(["start", "raise_hand"]);
  start.phase = "acked";
  expect(events(sending.due(all, 0))).toEqual(["answer", "raise_hand"]);
  answer.phase = "acked";
  expect(events(sending.due(all, 0))).toEqual(["raise_hand"]);
  hand.phase = "acked";
  expect(events(sending.due(all, 0))).toEqual(["submit"]);
});

test("at most 64 are in flight, and those that wait for a time are left alone", () => {
  const all = Array.from({ length: 100 }, () => entry("answer"));
  sending.sent(all.slice(0, 10), 0);
  wait(all[10] as Entry, 50);
  const due = sending.due(all, 0);
  expect(due).toHaveLength(54);
  expect(due).not.toContain(all[10]);
});

test("neighbouring answers go as one list, within its limits, unless they must go alone", () => {
  const many = Array.from({ length: 120 }, () => entry("answer"));
  expect(sending.batches(many).map((batch) => batch.length)).toEqual([50, 50, 20]);
  const long = { item: "q", response: "x".repeat(9_000) };
  const big = Array.from({ length: 3 }, () => entry("answer", { body: long }));
  expect(sending.batches(big).map((batch) => batch.length)).toEqual([1, 1, 1]);
  const alone = entry("answer", { alone: true });
  const mixed = [entry("answer"), alone, entry("answer"), entry("submit")];
  expect(sending.batches(mixed).map((batch) => batch.length)).toEqual([1, 1, 1, 1]);
});

test("what was not answered in ten seconds is overdue, and the next look is known", () => {
  const one = entry("answer");
  const other = entry("answer");
  sending.sent([one], 1_000);
  wait(other, 5_000);
  expect(sending.nextAt([one, other], 1_000)).toBe(5_000);
  expect(sending.overdue([one, other], 10_999)).toEqual([]);
  expect(sending.overdue([one, other], 11_000)).toEqual([one]);
});
