/** The words of a candidate's drawer, for translation. */
import { counted } from "./words";

export const D = {
  why: "Why to look",
  answered: "Answered",
  left: "Time left",
  saved: "Last saved",
  nothing: "nothing yet",
  ago: (at: string, age: string) => `${at}, ${age} ago`,
  line: "Connection",
  started: "Started",
  deadline: "Deadline",
  closed: "Closed",
  answers: "Answers",
  counts: (flagged: number, late: number, kept: number) =>
    [
      flagged ? `${flagged} marked for review` : "",
      late ? `${late} late` : "",
      kept ? `${kept} kept apart` : "",
    ]
      .filter(Boolean)
      .join(", "),
  marks: "Marks",
  record: "Record",
  allOnRecord: "all in the database",
  onTheWay: "saved, on the way to the database",

  timeline: "What happened",
  everything: "Every answer",
  earlier: "Earlier",
  reading: "Reading…",
  again: "Try again",
  none: "Nothing has happened yet.",
  notThereYet: "Facts appear here when they are in the database, usually within 2 seconds.",
  offline: "The timeline is read when there is a connection.",
  run: (from: string, until: string) => (from === until ? from : `${from} – ${until}`),
  messages: (seen: number, sent: number) =>
    `${seen.toLocaleString()} of ${counted(sent, "message")} seen`,
  device: (at: string, off: string) => `device clock ${at} (${off})`,
};
