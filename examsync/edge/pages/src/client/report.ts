/** From what the client knows to what a page shows (pure). */
import type { ResponseValue } from "protocol";
import { ANSWER, type Entry, NONE, SUBMIT, type Version } from "./core/entry";
import { compare, isSaved, itemOf, versionOf } from "./core/entry";
import type { Session } from "./core/session";
import type { Answered, AttemptView, RefusedEntry, SaveState } from "./types";

/** What the core does not know: the disk and the other tabs. */
export interface Around {
  storage: AttemptView["storage"];
  writer: AttemptView["writer"];
  /** The number of the newest entry that is on the disk. */
  written: number;
  written_at: number | null;
}

interface Newest {
  version: Version;
  answered: Answered;
  save: SaveState;
}

export function report(session: Session, around: Around): AttemptView {
  const { seen, outbox } = session;
  const newest = answers(session, around.written);
  const entries = outbox.entries;
  const unacked = entries.filter((entry) => entry.phase !== "acked");
  return {
    connection: connection(session),
    storage: around.storage,
    writer: around.writer,
    known: seen.known,
    attempt: seen.attempt,
    exam: session.exam,
    title: seen.title,
    state: seen.state,
    writable: session.writable && around.writer !== "other",
    opens_at: seen.opens_at,
    started_at: seen.started_at,
    deadline: seen.deadline,
    time_ms: seen.time_ms,
    start_until: seen.start_until,
    paused_since: seen.paused_since,
    closed_at: seen.closed_at,
    paper: seen.paper,
    order: seen.order,
    responses: Object.fromEntries([...newest].map(([item, { answered }]) => [item, answered])),
    saves: Object.fromEntries([...newest].map(([item, { save }]) => [item, save])),
    waiting: unacked.length,
    waiting_answers: unacked.filter((entry) => entry.event === ANSWER).length,
    resting: entries.length - unacked.length,
    saved_on_device_at: around.written_at,
    saved_on_server_at: seen.saved_at,
    notices: notices(session),
    hand: seen.hand,
    refused: outbox.refused.map(refused),
    lease_lost: session.reason === "lease_lost",
    takeover_pending: session.reason === "takeover_pending",
    submitting: entries.some((entry) => entry.event === SUBMIT && !isSaved(entry)),
    receipt: seen.receipt,
    results_released: seen.results,
  };
}

function connection(session: Session): AttemptView["connection"] {
  const { state, reason, awaySince, tries } = session;
  return { state, reason, tries: tries.made, next_try_at: tries.next_at, away_since: awaySince };
}

/** By item, the newest answer there is: what the server holds, and over it what was given here. */
function answers(session: Session, written: number): Map<string, Newest> {
  const made = new Map<string, Newest>();
  for (const item of Object.keys(session.seen.held)) {
    const held = session.seen.held[item];
    if (!held) continue;
    const version: Version = [held.lease, held.seq];
    const answered = { response: held.response, flag: held.flag ?? false };
    made.set(item, { version, answered, save: saveOfHeld(session, item, version) });
  }
  for (const refusal of session.outbox.refused) {
    if (refusal.event !== ANSWER) continue;
    put(made, refusal.body, [refusal.lease, refusal.seq], "refused");
  }
  for (const entry of session.outbox.entries) {
    if (itemOf(entry) !== null) put(made, entry.body, versionOf(entry), saveOf(entry, written));
  }
  return made;
}

function put(
  made: Map<string, Newest>,
  body: Record<string, unknown>,
  version: Version,
  save: SaveState,
): void {
  const item = String(body["item"]);
  if (compare(version, made.get(item)?.version ?? NONE) < 0) return;
  const response = body["response"] as ResponseValue;
  made.set(item, { version, answered: { response, flag: body["flag"] === true }, save });
}

function saveOf(entry: Entry, written: number): SaveState {
  if (isSaved(entry)) return "saved";
  return entry.number <= written ? "device" : "unsaved";
}

/** What has left the outbox after an ack is durable; what a join told is so once its rev is. */
function saveOfHeld(session: Session, item: string, version: Version): SaveState {
  const { counted, durable } = session.outbox.kept;
  if (compare(counted[item] ?? NONE, version) === 0) return "durable";
  const [epoch, n] = session.seen.held_rev;
  return durable[0] === epoch && durable[1] >= n ? "durable" : "saved";
}

function notices(session: Session): AttemptView["notices"] {
  const acknowledged = new Set(
    session.outbox.entries
      .filter((entry) => entry.event === "acknowledge")
      .map((entry) => String(entry.body["notice"])),
  );
  return Object.values(session.seen.notices)
    .filter((notice) => !acknowledged.has(notice.id))
    .sort((a, b) => a.at - b.at);
}

function refused(refusal: Session["outbox"]["refused"][number]): RefusedEntry {
  const { event, body, code, detail } = refusal;
  const item = event === ANSWER ? String(body["item"]) : null;
  return { event, item, response: (body["response"] ?? null) as ResponseValue, code, detail };
}
