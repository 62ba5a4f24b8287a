/** Rows keep their places while somebody points at them. */
import { describe, expect, it } from "vitest";
import { Holding, REST_MS } from "../../src/monitor/holding";
import { longestRise, movesBetween, settle } from "../../src/monitor/steady";

const all = (): boolean => true;

describe("a held order", () => {
  it("stays, and says how many rows would move", () => {
    expect(settle(["a", "b", "c"], ["c", "a", "b"], true, all)).toEqual({
      shown: ["a", "b", "c"],
      moves: 1,
    });
  });

  it("counts who would come and who would go", () => {
    expect(movesBetween(["a", "b"], ["b", "c"])).toBe(2);
    expect(movesBetween(["a", "b"], ["a", "b"])).toBe(0);
  });

  it("lets go at once of rows that are no longer there", () => {
    expect(settle(["a", "b"], ["b"], true, (id) => id === "b").shown).toEqual(["b"]);
  });

  it("takes the first rows as they come, for there is nothing to hold", () => {
    expect(settle([], ["a"], true, all)).toEqual({ shown: ["a"], moves: 0 });
  });
});

it("takes the fresh order when nothing is held, and the very same list when nothing moved", () => {
  const shown = ["a", "b"];
  expect(settle(shown, ["b", "a"], false, all)).toEqual({ shown: ["b", "a"], moves: 0 });
  expect(settle(shown, ["a", "b"], false, all).shown).toBe(shown);
});

it("finds the longest rise", () => {
  expect(longestRise([])).toBe(0);
  expect(longestRise([3, 1, 2, 5, 4])).toBe(3);
  expect(longestRise([5, 4, 3])).toBe(1);
});

describe("holding", () => {
  it("lasts while the pointer moves over the table, and ends when it rests or leaves", () => {
    let now = 0;
    const holding = new Holding(
      () => false,
      () => now,
    );
    expect(holding.now()).toBe(false);
    holding.touch();
    expect(holding.now()).toBe(true);
    now = REST_MS;
    expect(holding.now()).toBe(false);
    holding.touch();
    holding.leave();
    expect(holding.now()).toBe(false);
  });

  it("lasts as long as rows are selected", () => {
    expect(new Holding(() => true).now()).toBe(true);
  });
});
