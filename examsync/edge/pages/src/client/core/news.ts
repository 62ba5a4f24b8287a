/** What the server tells by itself (pure): events, each checked before anything relies on it. */
import type {
  Closed,
  Draining,
  HandEvent,
  LeaseLost,
  Notice,
  PausedEvent,
  ReopenedEvent,
  Replay,
  ResultsReleased,
  ResumedEvent,
  TimeChanged,
} from "protocol";
import { hasShape } from "./replies";

export type News =
  | { event: "time_changed"; body: TimeChanged }
  | { event: "paused"; body: PausedEvent }
  | { event: "resumed"; body: ResumedEvent }
  | { event: "reopened"; body: ReopenedEvent }
  | { event: "notice"; body: Notice }
  | { event: "lease_lost"; body: LeaseLost }
  | { event: "closed"; body: Closed }
  | { event: "hand"; body: HandEvent }
  | { event: "results"; body: ResultsReleased }
  | { event: "draining"; body: Draining }
  | { event: "replay"; body: Replay };

const isText = (value: unknown): boolean => typeof value === "string";
const isNumber = (value: unknown): boolean => typeof value === "number";
const isTime = (value: unknown): boolean => value === null || typeof value === "number";

/** What this client relies on in each event. */
const SHAPES: Record<News["event"], Record<string, (value: unknown) => boolean>> = {
  time_changed: { deadline: isTime },
  paused: { since: isNumber },
  resumed: { deadline: isTime },
  reopened: { deadline: isTime },
  notice: { id: isText, text: isText, at: isNumber },
  lease_lost: { lease: isText },
  closed: { state: isText, closed_at: isNumber },
  hand: { raised: (value) => typeof value === "boolean" },
  results: {},
  draining: { reconnect_in_ms: isNumber },
  replay: { epoch: isNumber, after_ms: isNumber },
};

/** The event, or null for one, or a shape, that this client does not know (yet). */
export function readNews(event: string, body: unknown): News | null {
  const shape = SHAPES[event as News["event"]] as (typeof SHAPES)["results"] | undefined;
  return shape && hasShape(body, shape) ? ({ event, body } as News) : null;
}
