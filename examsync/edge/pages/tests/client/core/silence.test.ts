import { expect, test } from "vitest";
import { SILENCE_MAX_MS, Silence } from "../../../src/client/core/silence";

test("it counts from the first thing that was asked, and any word ends it", () => {
  const silence = new Silence();
  expect(silence.endsAt).toBeNull();
  expect(silence.tooLong(1e9)).toBe(false);
  silence.asked(1_000);
  silence.asked(5_000);
  expect(silence.endsAt).toBe(1_000 + SILENCE_MAX_MS);
  expect(silence.tooLong(999 + SILENCE_MAX_MS)).toBe(false);
  expect(silence.tooLong(1_000 + SILENCE_MAX_MS)).toBe(true);
  silence.heard();
  expect(silence.tooLong(1e9)).toBe(false);
});
