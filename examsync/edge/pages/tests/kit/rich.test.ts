import { expect, test } from "vitest";
import { pieces } from "../../src/kit/rich";

const formulas = (text: string): string[] =>
  pieces(text)
    .filter((piece) => piece.formula)
    .map((piece) => (piece.block ? `[${piece.text}]` : piece.text));

test("formulas are found between all four kinds of marks", () => {
  expect(formulas("a $x^2$ b \\(y\\) c $$z$$ d \\[w\\]")).toEqual(["x^2", "y", "[z]", "[w]"]);
});

test("prices are not formulas", () => {
  expect(formulas("It costs $5 or $10 a day")).toEqual([]);
  expect(formulas("a lone $ sign")).toEqual([]);
});

test("nothing of the text is lost", () => {
  const text = "If $a>b$ then\nwhat? <b>not HTML</b>";
  expect(pieces(text).map((piece) => piece.text).join("")).toBe(text.replaceAll("$", ""));
});
