/** A problem of the server as an Error with its `code`, `title` and `detail`. */
import type { Problem } from "protocol";

export class MonitorProblem extends Error {
  override readonly name = "MonitorProblem";
  constructor(
    readonly code: string,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail ? `${title} ${detail}` : title);
  }
}

export function rejected(problem: Problem): MonitorProblem {
  return new MonitorProblem(problem.code, problem.title, problem.detail ?? "");
}
