/** Signals and hands from before this page was opened: the feed does not repeat them, the timelines
 have them. */
import type { Hand, Signal, TimelineAck } from "protocol";
import type { Lookout } from "./lookout";

/** So many timelines are read at one press: they cost the server more than a delta. */
const TIMELINES_MAX = 25;
const FACTS_PAGE = 1_000;
const PAGES_MAX = 5;

export interface Earlier {
  /** Signals the rows count and this page has not heard. */
  count: number;
  read: () => Promise<void>;
}

export function earlier(lookout: Lookout): Earlier {
  const heard = new Map<string, number>();
  for (const { attempt } of lookout.monitor.board.peek().signals) {
    heard.set(attempt, (heard.get(attempt) ?? 0) + 1);
  }
  const lacking: { attempt: string; count: number }[] = [];
  for (const { row } of lookout.seats.values()) {
    const count = (row.violations ?? 0) - (heard.get(row.attempt) ?? 0);
    if (count > 0) lacking.push({ attempt: row.attempt, count });
  }
  lacking.sort((a, b) => b.count - a.count);
  const count = lacking.reduce((sum, each) => sum + each.count, 0);
  const some = lacking.slice(0, TIMELINES_MAX);
  return {
    count,
    read: () =>
      recallAll(
        lookout,
        some.map(({ attempt }) => attempt),
      ),
  };
}

/** Read timelines and put what happened in its place, in the side panel. */
export async function recallAll(lookout: Lookout, attempts: readonly string[]): Promise<void> {
  for (const attempt of attempts) {
    let since = 0;
    for (let page = 0; page < PAGES_MAX; page++) {
      const ack = await lookout.monitor.timeline(attempt, since, FACTS_PAGE);
      lookout.monitor.recall(...happenings(ack));
      const last = ack.facts[ack.facts.length - 1];
      if (!ack.more || last === undefined) break;
      since = last.n;
    }
  }
}

/** The signals and hands among facts, as the feed tells them. */
export function happenings(ack: Pick<TimelineAck, "facts">): [Signal[], Hand[]] {
  const signals: Signal[] = [];
  const hands: Hand[] = [];
  for (const { attempt, at, body } of ack.facts) {
    if (body.kind === "violation_reported") {
      const { id, signal, client_at, detail } = body;
      signals.push({ attempt, id, signal, at, client_at, ...(detail && { detail }) });
    } else if (body.kind === "hand_raised") {
      const { raised, text } = body;
      hands.push({ attempt, raised, at, ...(text && { text }) });
    }
  }
  return [signals, hands];
}
