/** Exams and halls as people type them. */
import { expect, test } from "vitest";
import { added, scopeOf } from "../../src/admin/scope";

test("ids are parted by spaces too, halls are not", () => {
  const typed = { exams: "mock-1, mock-2 mock-3;\nmock-4 ", halls: "Hall 1, Hall 2 ;\n Aula" };
  expect(scopeOf(typed)).toEqual({
    exams: ["mock-1", "mock-2", "mock-3", "mock-4"],
    halls: ["Hall 1", "Hall 2", "Aula"],
  });
});

test("nothing typed is nobody's exam and every hall", () => {
  expect(scopeOf({ exams: " ", halls: "" })).toEqual({ exams: [], halls: [] });
});

test("an exam that is chosen is added once, at the end", () => {
  expect(added("", "a")).toBe("a");
  expect(added("a b", "c")).toBe("a, b, c");
  expect(added("a, b", "a")).toBe("b, a");
  expect(added("a", "")).toBe("a");
});
