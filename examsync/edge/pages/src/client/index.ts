/** The candidate's client: `openAttempt`. README.md beside this file says how it is used. */
import type { Attempt, AttemptOptions } from "./types";

export * from "./types";

export declare function openAttempt(options: AttemptOptions): Attempt;
