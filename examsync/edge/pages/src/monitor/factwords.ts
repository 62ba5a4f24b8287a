/** The words of a timeline, for translation; `facts` chooses among them. */
import { W, counted } from "./words";

export const F = {
  server: "the server",
  candidate: "the candidate",
  by: (role: string, name: string) => `${name}, ${role}`,
  seated: "Took the seat",
  leased: "Goes on from a new device or browser",
  takeoverAsked: "Another device asks to go on",
  takeoverApproved: "The other device may go on",
  started: "Started",
  saved: (item: string) => `Answer to ${item} saved`,
  savedRun: (count: number) => `${counted(count, "answer")} saved`,
  cleared: (item: string) => `Answer to ${item} cleared`,
  marks: (late: boolean, replayed: boolean, flag: boolean) =>
    [late ? "after the deadline" : "", replayed ? "sent again" : "", flag ? "marked" : ""]
      .filter(Boolean)
      .join(", "),
  kept: (item: string) => `Answer to ${item} kept apart; it does not count`,
  keptWhy: (why: string) => (why === "lease_lost" ? "from a device that was replaced" : why),
  signal: (kind: string) => `Signal: ${(W.signal[kind] ?? kind).toLowerCase()}`,
  handUp: "Raised a hand",
  handDown: "The hand is down",
  noticeSent: "Message sent",
  noticeSeen: "Message seen",
  submitted: "Handed in",
  submittedFor: "Handed in for the candidate",
  expired: "The time is up; closed",
  expiredPaused: "The exam ended while the clock stood; closed",
  absent: "The exam ended without a start",
  terminated: "Ended",
  paused: "Clock stopped",
  resumed: "Clock runs again",
  extended: (more: string) => `${more} more`,
  reopened: "Opened again",
  reopenedMore: (more: string) => `Opened again with ${more} more`,
  recorded: (command: string) => `A late “${command}” arrived and changed nothing`,
  erased: "What was personal was erased",
  blanked: (was: string) => `${was.replaceAll("_", " ")}, erased`,
  unknown: (kind: string) => kind.replaceAll("_", " "),
};
