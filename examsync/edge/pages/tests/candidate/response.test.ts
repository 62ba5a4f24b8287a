import { expect, test } from "vitest";
import {
  characters,
  fromNumber,
  fromText,
  isNumber,
  switched,
  toText,
  words,
} from "../../src/candidate/response";

test("numbers go as typed, with a point", () => {
  expect(fromNumber(" 1,5 ")).toBe("1.5");
  expect(fromNumber("−.3")).toBe("-.3");
  expect(fromNumber("  ")).toBeNull();
});

test("what looks like a number is one", () => {
  for (const text of ["3", "-0.3", ".3", "1,5", "2e3", "1/3", "+4.", "−2"]) {
    expect(isNumber(text), text).toBe(true);
  }
  for (const text of ["", "a", "1.2.3", "--1", "1 2", "/3", "e5", "1,2,3"]) {
    expect(isNumber(text), text).toBe(false);
  }
});

test("ticks keep the paper's order, and none clears", () => {
  const item = {
    id: "q",
    kind: "multiple_choice" as const,
    stem: "",
    marks: "1",
    options: ["a", "b", "c"].map((id) => ({ id, text: id })),
  };
  expect(switched(null, "c", item)).toEqual(["c"]);
  expect(switched(["c"], "a", item)).toEqual(["a", "c"]);
  expect(switched(["a"], "a", item)).toBeNull();
});

test("text that is blank clears; the rest stays as it is", () => {
  expect(fromText(" \n")).toBeNull();
  expect(fromText(" a ")).toBe(" a ");
  expect(toText(["a"])).toBe("");
  expect(toText(2.5)).toBe("2.5");
});

test("words and characters are counted as people count them", () => {
  expect(words(" two  words ")).toBe(2);
  expect(characters("नमस्ते")).toBe(6);
  expect(characters("👍")).toBe(1);
});
