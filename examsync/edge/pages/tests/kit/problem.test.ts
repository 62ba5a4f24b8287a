/** What people are told when something is not done. */
import { expect, test } from "vitest";
import { explain, ProblemError, problemOf } from "../../src/kit/problem";

test("a problem is its title and what is known of it", () => {
  expect(explain(new ProblemError("not_found", "There is none.", "No exam e-1."))).toBe(
    "There is none. No exam e-1.",
  );
});

test("who is not let in is told why, and nothing of tokens", () => {
  const body = { code: "unauthorized", detail: "The login or the password is wrong." };
  expect(explain(problemOf(body, 401))).toBe("The login or the password is wrong.");
  expect(explain(problemOf({ code: "unauthorized" }, 401))).not.toBe("");
});

test("what is no problem body is none", () => {
  expect(problemOf("<html>")).toBeNull();
  expect(problemOf({ title: "no code" })).toBeNull();
});
