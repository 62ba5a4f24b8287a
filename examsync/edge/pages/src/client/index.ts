/** The candidate's client: `openAttempt`. README.md beside this file says how it is used. */
import { Sitting } from "./attempt";
import { type Device, browser } from "./device";
import type { Attempt, AttemptOptions } from "./types";

export type { Device } from "./device";
export * from "./types";

/** Open a candidate's attempt. It connects by itself, and goes on from what a reload, a crash or
 * another tab has left on this device. */
export function openAttempt(options: AttemptOptions, device: Device = browser()): Attempt {
  return new Sitting(options, device);
}
