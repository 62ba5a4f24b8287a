import { expect, test } from "vitest";
import { ago, countdown, duration, fromInput, toInput } from "../../src/kit/time";

test("a countdown reaches 0:00 only when the time is over", () => {
  expect(countdown(3_723_000)).toBe("1:02:03");
  expect(countdown(59_001)).toBe("1:00");
  expect(countdown(1)).toBe("0:01");
  expect(countdown(0)).toBe("0:00");
  expect(countdown(-5)).toBe("0:00");
});

test("durations are short and never say 60 minutes", () => {
  expect(duration(40_000)).toBe("40 s");
  expect(duration(90 * 60_000)).toBe("1 h 30 min");
  expect(duration(119.6 * 60_000)).toBe("2 h");
});

test("the age of something is never negative", () => {
  expect(ago(10_000, 5_000)).toBe("0 s ago");
  expect(ago(0, 61_000)).toBe("1 min ago");
});

test("a time goes through an input and back", () => {
  const at = Date.UTC(2026, 10, 21, 10, 30);
  expect(fromInput(toInput(at))).toBe(at);
  expect(fromInput("")).toBeNull();
});
