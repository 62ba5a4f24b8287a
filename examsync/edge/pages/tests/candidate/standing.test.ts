import { expect, test } from "vitest";
import type { Paper } from "protocol";
import {
  count,
  evaluated,
  isAnswered,
  optionsOf,
  placed,
  shows,
  standing,
} from "../../src/candidate/standing";

const PAPER: Paper = {
  id: "p",
  title: "Physics",
  sections: [
    { id: "a", title: "A", items: [item("q1"), item("q2")] },
    { id: "b", title: "B", items: [item("q3")] },
  ],
};

function item(id: string) {
  const options = [
    { id: "x", text: "X" },
    { id: "y", text: "Y" },
  ];
  return { id, kind: "single_choice" as const, stem: id, marks: "1", options };
}

test("an item goes through five states", () => {
  const known = { response: undefined, marked: false, seen: false };
  expect(standing(known)).toBe("unseen");
  expect(standing({ ...known, seen: true })).toBe("unanswered");
  expect(standing({ ...known, marked: true })).toBe("marked");
  expect(standing({ ...known, response: "x" })).toBe("answered");
  expect(standing({ response: false, marked: true, seen: true })).toBe("answered_marked");
});

test("false and zero are answers; blanks, nothing and no choice are none", () => {
  for (const response of [false, 0, "x", ["a"]]) expect(isAnswered(response)).toBe(true);
  for (const response of [null, undefined, "", "  ", []]) expect(isAnswered(response)).toBe(false);
});

test("answered and marked is evaluated", () => {
  const counts = count(["answered", "answered_marked", "marked", "unseen"]);
  expect(evaluated(counts)).toBe(2);
  expect(counts.unanswered).toBe(0);
});

test("filters show what is still to do, and what is marked", () => {
  expect(shows("unanswered", "marked")).toBe(true);
  expect(shows("unanswered", "answered_marked")).toBe(false);
  expect(shows("marked", "answered_marked")).toBe(true);
  expect(shows("all", "unseen")).toBe(true);
});

test("items and options come in the candidate's own order, unknown ones are left out", () => {
  const order = { items: ["q3", "q1", "q9", "q2"], options: { q1: ["y", "x", "z"] } };
  const rows = placed(PAPER, order);
  expect(rows.map((row) => [row.number, row.item.id, row.section.id])).toEqual([
    [1, "q3", "b"],
    [2, "q1", "a"],
    [3, "q2", "a"],
  ]);
  expect(optionsOf(item("q1"), order).map((option) => option.id)).toEqual(["y", "x"]);
  expect(optionsOf(item("q2"), order).map((option) => option.id)).toEqual(["x", "y"]);
  expect(placed(null, null)).toEqual([]);
});
