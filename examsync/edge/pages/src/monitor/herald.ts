/** What is read aloud when rows get into trouble (pure). */
import { nameOf, type Seat } from "./roster";
import { SERIOUS } from "./trouble";
import { W } from "./words";

/** More than these at once are only counted. */
const NAMED_MAX = 3;

export interface Alarms {
  /** The weightiest reason of each row that is in serious trouble. */
  urgent: ReadonlyMap<string, string>;
  /** What is new in it, or "". */
  sentence: string;
}

/** Compare with what was urgent before; `before` null: the first look, which is not news. */
export function alarms(seats: Iterable<Seat>, before: ReadonlyMap<string, string> | null): Alarms {
  const urgent = new Map<string, string>();
  const news: string[] = [];
  for (const { row, trouble } of seats) {
    if (trouble.weight < SERIOUS) continue;
    const reason = trouble.reasons[0]?.text ?? "";
    urgent.set(row.attempt, reason);
    if (before !== null && before.get(row.attempt) !== reason) {
      news.push(W.aloud(nameOf(row, row.attempt), reason));
    }
  }
  const named = news.slice(0, NAMED_MAX);
  if (news.length > NAMED_MAX) named.push(W.aloudMore(news.length - NAMED_MAX));
  return { urgent, sentence: named.join(" ") };
}
