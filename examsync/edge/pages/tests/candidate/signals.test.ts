import { expect, test } from "vitest";
import { Damper } from "../../src/candidate/signals";

test("the first of a kind goes at once, those right after it are counted", () => {
  const damper = new Damper(5_000);
  expect(damper.pass("window_blur", "", 0)).toBe("");
  expect(damper.pass("window_blur", "", 4_999)).toBeNull();
  expect(damper.pass("tab_hidden", "", 4_999)).toBe("");
  expect(damper.pass("window_blur", "", 5_000)).toBe("1 more since the last");
  expect(damper.pass("window_blur", "x", 20_000)).toBe("x");
});
