/** The words of acts: buttons, dialogs, what came of them. For translation. */
import type { Kind } from "./acts";
import { counted } from "./words";

const people = (count: number): string => counted(count, "candidate");

export const A = {
  /** On buttons. */
  name: {
    message: "Message",
    announce: "Announce",
    extend: "More time",
    pause: "Pause",
    resume: "Resume",
    submit_for: "Hand in",
    terminate: "End",
    reopen: "Open again",
    approve_takeover: "Approve device",
    resolve: "Hand down",
  } satisfies Record<Kind, string>,
  /** Over the dialog. `whom`: a name, a number of candidates, or the whole exam. */
  title: {
    message: (whom: string) => `Message to ${whom}`,
    announce: (whom: string) => `Announcement to ${whom}`,
    extend: (whom: string) => `More time for ${whom}`,
    pause: (whom: string) => `Stop the clock of ${whom}`,
    resume: (whom: string) => `Let the clock of ${whom} run again`,
    submit_for: (whom: string) => `Hand in for ${whom}`,
    terminate: (whom: string) => `End the exam of ${whom}`,
    reopen: (whom: string) => `Open again for ${whom}`,
    approve_takeover: (whom: string) => `Let the new device of ${whom} go on`,
    resolve: (whom: string) => `Take down the hand of ${whom}`,
  } satisfies Record<Kind, (whom: string) => string>,
  about: {
    message: "It appears on the screen and stays until it is acknowledged.",
    announce: "Everybody gets it, also who joins later. It stays until it is acknowledged.",
    extend: "It is added to the deadline, as incident time.",
    pause: "The clock stands still and nothing can be answered until it is resumed.",
    resume: "The time it stood still is given back.",
    submit_for: "What has been saved is handed in. The candidate can change nothing any more.",
    terminate: "It ends at once. What was saved is kept and graded.",
    reopen: "The attempt goes on. The time since it closed does not count.",
    approve_takeover: "The device used until now can write nothing any more.",
    resolve: "The candidate sees that somebody has noticed; so does every examiner.",
  } satisfies Record<Kind, string>,
  /** The button that does it. */
  doIt: {
    message: "Send",
    announce: "Send to all",
    extend: "Give time",
    pause: "Stop the clock",
    resume: "Resume",
    submit_for: "Hand in",
    terminate: "End it",
    reopen: "Open again",
    approve_takeover: "Approve",
    resolve: "Hand down",
  } satisfies Record<Kind, string>,

  whole: "the whole exam",
  people,
  alsoLater: "Who starts later is covered too.",
  leftOut: (count: number) => `${people(count)} will be left out:`,
  andMore: (count: number) => `and ${counted(count, "more", "more")}`,
  to: "For",
  minutes: "Minutes",
  minutesMay: "Minutes on top (may be empty)",
  minutesFault: "Say how many minutes, up to 1,440.",
  quickMinutes: (minutes: number) => `${minutes} min`,
  reason: "Reason",
  reasonMay: "Reason (may be empty)",
  reasonHint: "It is kept in the timeline.",
  reasonFault: "Give a reason, in up to 500 characters.",
  reasons: [
    "Power cut",
    "Network failure",
    "Device trouble",
    "Noise in the hall",
    "Fire alarm",
    "At the candidate's request",
    "Illness",
  ],
  text: "Text",
  textFault: "Write something, up to 2,000 characters.",
  sure: (whom: string) => `Yes, for ${whom}. I know this is hard to take back.`,
  sureFault: "Tick this first.",
  cancel: "Cancel",
  offline: "There is no connection now. It will wait, and you can withdraw it until it is sent.",
  notYours: "You see only some halls, so you cannot act on the whole exam.",
  examStands: "The whole exam is paused: resume it under “Whole exam”.",
  standsAlready: "The whole exam is paused already.",
  chooseFirst: "Nobody it applies to",

  whyNots: (count: number) =>
    count === 1 ? "Why one of these is not possible now" : `Why ${count} are not possible now`,
  bar: (count: number) => counted(count, "row") + " selected",
  barHidden: (count: number) => `${counted(count, "of them is", "of them are")} filtered out`,
  clearSelection: "Clear",

  panel: "Your acts",
  forget: "Clear finished",
  fewer: "Show fewer",
  /** An act in the list, said in the past or the present by its state. */
  line: (kind: Kind, whom: string, minutes: number) =>
    kind === "extend" || (kind === "reopen" && minutes > 0)
      ? `${A.name[kind]} (${minutes} min): ${whom}`
      : `${A.name[kind]}: ${whom}`,
  waitingLine: "Waits for a connection",
  waitingTurn: "Waits for its turn",
  again: "No answer yet; it will be asked again",
  sending: "Sending…",
  done: (count: number) => `Done for ${people(count)}`,
  doneWhole: "Done for the whole exam",
  onRecord: "on record",
  notOnRecord: "not on record yet",
  notDone: (count: number) => `Not done for ${people(count)}`,
  refused: "Refused",
  withdrawn: "Withdrawn; nothing was sent",
  withdraw: "Withdraw",
  tooLateToWithdraw: "It was sent already.",
  seen: (seen: number, all: number, sure: boolean) =>
    `${sure ? "" : "at least "}${seen.toLocaleString()} of ${all.toLocaleString()} seen`,
  toastNotDone: (what: string, count: number) => `${what}: not done for ${people(count)}.`,
  toastRefused: (what: string, why: string) => `${what}: refused. ${why}`,
};
