import { expect, test } from "vitest";
import { parse, write } from "../../src/admin/route";

test("a place survives the address bar", () => {
  for (const [place, id, tab] of [
    ["exams", "", ""],
    ["exams", "mock 1/2", "roster"],
    ["banks", "भौतिकी", ""],
  ] as const) {
    expect(parse(write(place, id, tab))).toEqual({ place, id, tab });
  }
});

test("what is no place is the exams", () => {
  for (const hash of ["", "#", "#/nowhere/x", "#token=abc"]) {
    expect(parse(hash).place).toBe("exams");
  }
  expect(parse("#/exams/%E0%A4").id).toBe("%E0%A4");
});
