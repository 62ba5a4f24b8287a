/** Carries an act to the client, in parts if it names very many; says when some was not done. */
import { signal } from "@preact/signals";
import type { ActAck, Targets } from "protocol";
import { makeId } from "../client/ids";
import type { ActView } from "../client/monitor";
import { explain, toast } from "../kit";
import { type Kind, runs, type Terms, termsOf } from "./acts";
import { A } from "./actwords";
import type { Lookout } from "./lookout";
import { nameOf, type Seat } from "./roster";

/** The dialog that is open: an act, and whom it is for. */
export interface Asked {
  kind: Kind;
  targets: readonly Seat[] | "all";
}

export const asked = signal<Asked | null>(null);

/** Ask for the terms of an act. */
export function ask(kind: Kind, targets: readonly Seat[] | "all"): void {
  asked.value = { kind, targets };
}

/** Do it; what comes of it is in the list of acts. */
export async function dispatch(
  lookout: Lookout,
  kind: Kind,
  attempts: Targets,
  terms: Terms,
): Promise<void> {
  const group = makeId();
  const meantFor = kind === "announce" ? openRows(lookout) : 0;
  const sent = runs(attempts).map((some) =>
    lookout.monitor.act(kind, termsOf(kind, some, terms), { group, meantFor }),
  );
  const said = await Promise.allSettled(sent);
  tellFailures(kind, said);
}

function tellFailures(kind: Kind, said: readonly PromiseSettledResult<ActAck>[]): void {
  let missed = 0;
  for (const each of said) {
    if (each.status === "fulfilled") missed += each.value.not_done.length;
    else if (each.reason?.code !== "withdrawn") {
      toast(A.toastRefused(A.name[kind], explain(each.reason)), "bad");
    }
  }
  if (missed > 0) toast(A.toastNotDone(A.name[kind], missed), "warn");
}

/** How many an announcement is for: who has not finished. */
function openRows(lookout: Lookout): number {
  let open = 0;
  for (const { row } of lookout.seats.values()) {
    if (["not_started", "in_progress", "paused"].includes(row.state)) open += 1;
  }
  return open;
}

/** The acts of the list, the parts of one put together, the newest first. */
export interface Done {
  group: string;
  parts: ActView[];
}

export function grouped(acts: readonly ActView[]): Done[] {
  const found = new Map<string, Done>();
  for (const each of acts) {
    const held = found.get(each.group);
    if (held) held.parts.push(each);
    else found.set(each.group, { group: each.group, parts: [each] });
  }
  return [...found.values()].reverse();
}

/** Whom an act is for, in words. */
export function whomOf(lookout: Lookout, parts: readonly ActView[]): string {
  const first = parts[0];
  if (!first || first.act === "announce" || first.terms.attempts === "all") return A.whole;
  const ids = parts.flatMap(({ terms }) =>
    terms.attempts === "all" ? [] : (terms.attempts ?? []),
  );
  const [only] = ids;
  return ids.length === 1 && only !== undefined ? called(lookout, only) : A.people(ids.length);
}

/** The name of the candidate of an attempt. */
export function called(lookout: Lookout, attempt: string): string {
  return nameOf(lookout.seat(attempt)?.row, attempt);
}
