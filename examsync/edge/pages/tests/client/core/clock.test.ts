import { expect, test } from "vitest";
import { CAP_MS, delayMs } from "../../../src/client/core/backoff";
import { SAMPLES_MAX, ServerClock } from "../../../src/client/core/clock";

test("the shortest of the last round trips knows the offset best", () => {
  const clock = new ServerClock();
  clock.heard(10_500, 0, 1_000);
  expect(clock.offsetMs).toBe(10_000);
  clock.heard(12_010, 2_000, 2_020);
  expect(clock.offsetMs).toBe(10_000);
  clock.heard(23_000, 3_000, 9_000);
  expect(clock.serverNow(5_000)).toBe(15_000);
  expect(clock.rttMs).toBe(6_000);
});

test("a clock that drifts is followed", () => {
  const clock = new ServerClock();
  clock.heard(1_000, 0, 0);
  for (let n = 1; n <= SAMPLES_MAX; n += 1) clock.heard(n * 100 + 5_000, n * 100, n * 100 + 10);
  expect(clock.offsetMs).toBe(4_995);
});

test("after a sleep the next round trip alone counts, and until then the last offset", () => {
  const clock = new ServerClock();
  clock.heard(1_000, 0, 0);
  clock.doubt();
  expect(clock.offsetMs).toBe(1_000);
  clock.heard(60_000, 0, 500);
  expect(clock.offsetMs).toBe(59_750);
});

test("waits double with every failure up to 15 s, and are drawn from zero", () => {
  expect(delayMs(1, 0.999)).toBe(299);
  expect(delayMs(4, 0.5)).toBe(1_200);
  expect(delayMs(99, 0.999_999)).toBe(CAP_MS - 1);
  expect(delayMs(5, 0)).toBe(0);
});

test("what the server asks for comes first, and the jitter on top", () => {
  expect(delayMs(1, 0.5, 2_000)).toBe(2_150);
});
