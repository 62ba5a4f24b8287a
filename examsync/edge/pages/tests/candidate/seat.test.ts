import type { MyExam } from "protocol";
import { expect, test } from "vitest";
import { timeOf } from "../../src/candidate/seat";
import type { AttemptView } from "../../src/client";

const ABOUT = { duration_ms: 1_800, window_end: 10_000, closes_at: 9_000 } as MyExam;

function view(time_ms: number | null, start_until: number | null): AttemptView {
  return { time_ms, start_until } as AttemptView;
}

test("the time before the start is as the list said, or as was told since", () => {
  expect(timeOf(ABOUT, view(null, null))).toEqual({ length: 1_800, end: 9_000 });
  expect(timeOf(ABOUT, view(2_400, 9_600))).toEqual({ length: 2_400, end: 9_600 });
});
