import { expect, test } from "vitest";
import {
  changes,
  decimal,
  faults,
  following,
  formOf,
  fresh,
  idFrom,
  termsOf,
} from "../../src/admin/terms";

const NOW = Date.UTC(2026, 5, 1, 9, 20);
const FINE = { ...fresh(NOW, "p-1"), exam: "mock-1", title: " Mock 1 " };

test("a fresh form opens at the next full hour and has no faults once it has a name", () => {
  const terms = termsOf(FINE);
  expect(faults(FINE)).toEqual({});
  expect(terms.opens_at).toBe(Date.UTC(2026, 5, 1, 10));
  expect(terms.duration_ms).toBe(90 * 60_000);
  expect(terms.title).toBe("Mock 1");
  expect(terms).not.toHaveProperty("grace_ms");
});

test("what is wrong is said where it is wrong", () => {
  const wrong = {
    ...FINE,
    exam: "a b",
    title: " ",
    paper: "",
    windowEnd: FINE.opens,
    closes: "",
    minutes: "0",
    graceSeconds: "-1",
  };
  expect(Object.keys(faults(wrong)).sort()).toEqual(
    ["closes", "exam", "graceSeconds", "minutes", "paper", "title", "windowEnd"].sort(),
  );
  expect(faults({ ...FINE, closes: FINE.opens })).toHaveProperty("closes");
});

test("terms come back from their form unchanged, and only what differs is a change", () => {
  const terms = {
    ...termsOf(FINE),
    grace_ms: 5_000,
    late_policy: "accept" as const,
    takeover: "refuse" as const,
  };
  const again = termsOf(formOf(terms));
  expect(again).toEqual(terms);
  expect(changes(terms, again)).toEqual({});
  expect(changes(terms, { ...again, title: "B" })).toEqual({ title: "B" });
});

test("an id is made of a title", () => {
  expect(idFrom("Physics, Mock 1!")).toBe("physics-mock-1");
  expect(idFrom("Éxamen número 2")).toBe("examen-numero-2");
  expect(idFrom("भौतिकी")).toBe("");
});

test("decimals have a dot or a comma before them, and nothing is guessed", () => {
  expect(["1.25", "1,25", " 2 ", "0,125"].map(decimal)).toEqual([1.25, 1.25, 2, 0.125]);
  for (const text of ["1,250", "", "-1", "1.2.3", "12x", "1,"]) expect(decimal(text)).toBeNaN();
});

test("the end of the window and the closing follow what is typed before them", () => {
  const early = { ...FINE, opens: "2026-06-02T08:00", minutes: "60" };
  const later = following(early, new Set(["opens"]));
  expect([later.windowEnd, later.closes]).toEqual(["2026-06-02T09:30", "2026-06-02T10:00"]);
  const typed = { ...later, windowEnd: "2026-06-02T12:00" };
  expect(following(typed, new Set(["windowEnd"])).closes).toBe("2026-06-02T12:30");
  expect(following(typed, new Set(["windowEnd", "closes"]))).toEqual(typed);
  expect(following({ ...typed, opens: "" }, new Set())).toEqual({ ...typed, opens: "" });
});
