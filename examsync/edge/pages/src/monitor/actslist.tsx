/** What this examiner did, and what came of it: done, on record, not done and why, seen by whom. */
import { useState } from "preact/hooks";
import type { JSX } from "preact";
import type { ActView } from "../client/monitor";
import { isOver, withdrawable } from "../client/monitor";
import { Button, clock } from "../kit";
import { A } from "./actwords";
import { called, type Done, grouped, whomOf } from "./dispatch";
import { useLookout } from "./here";
import type { Lookout } from "./lookout";

const NEWEST = 4;
const MINUTE_MS = 60_000;
/** So long what was done stays in sight beside the candidate it was done to. */
const RECENT_MS = 20_000;

export function ActsList(): JSX.Element | null {
  const lookout = useLookout();
  void lookout.picture.value;
  const all = grouped(lookout.monitor.acts.value);
  const [whole, setWhole] = useState(false);
  if (all.length === 0) return null;
  const shown = whole ? all : all.slice(0, NEWEST);
  return (
    <section class="panel acts-panel" aria-label={A.panel}>
      <h2>
        {A.panel} <span class="count number">{all.length}</span>
        <Button slim look="plain" onClick={() => lookout.monitor.forgetFinished()}>
          {A.forget}
        </Button>
      </h2>
      <ul class="happenings" aria-live="polite">
        {shown.map((done) => (
          <li key={done.group} class="happening act">
            <One done={done} lookout={lookout} />
          </li>
        ))}
      </ul>
      {all.length > NEWEST ? (
        <button type="button" class="link small" onClick={() => setWhole(!whole)}>
          {whole ? A.fewer : A.andMore(all.length - NEWEST)}
        </button>
      ) : null}
    </section>
  );
}

/** Over the timeline of one candidate: what was just done, or is still on its way. */
export function ActsOn(props: { attempt: string }): JSX.Element | null {
  const lookout = useLookout();
  const now = lookout.now.value;
  const recent = lookout.monitor.acts.value.filter(
    (each) =>
      Array.isArray(each.terms.attempts) &&
      each.terms.attempts.includes(props.attempt) &&
      (!isOver(each) || now - each.made_at < RECENT_MS),
  );
  const shown = grouped(recent).slice(0, NEWEST);
  if (shown.length === 0) return null;
  return (
    <ul class="happenings acts-on" aria-label={A.panel} aria-live="polite">
      {shown.map((done) => (
        <li key={done.group} class="happening act">
          <One done={done} lookout={lookout} />
        </li>
      ))}
    </ul>
  );
}

function One(props: { done: Done; lookout: Lookout }): JSX.Element | null {
  const { done, lookout } = props;
  const first = done.parts[0];
  if (first === undefined) return null;
  const minutes = Math.round(((first.terms.extra_ms ?? 0) / MINUTE_MS) * 10) / 10;
  const notDone = done.parts.flatMap(({ not_done }) => not_done);
  return (
    <>
      <span class="whose">
        <strong class="small">{A.line(first.act, whomOf(lookout, done.parts), minutes)}</strong>
        <time class="quiet small number">{clock(first.made_at)}</time>
      </span>
      {first.terms.text ? <q class="small">{first.terms.text}</q> : null}
      <Outcome parts={done.parts} lookout={lookout} />
      {notDone.length > 0 ? (
        <details class="small not-done">
          <summary>{A.notDone(notDone.length)}</summary>
          <ul>
            {notDone.map(({ attempt, title, detail }) => (
              <li key={attempt}>
                {called(lookout, attempt)}: {title} {detail ? `(${detail})` : ""}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </>
  );
}

function Outcome(props: { parts: readonly ActView[]; lookout: Lookout }): JSX.Element {
  const { parts, lookout } = props;
  const away = lookout.monitor.connection.value.state !== "live";
  const waiting = parts.filter(withdrawable);
  const withdraw = (): void => {
    for (const { id } of waiting) lookout.monitor.withdraw(id);
  };
  return (
    <span class="outcome small">
      {sentences(parts, away).map(([tone, text]) => (
        <span key={text} class={tone}>
          {text}
        </span>
      ))}
      {waiting.length > 0 ? (
        <Button slim onClick={withdraw}>
          {A.withdraw}
        </Button>
      ) : null}
    </span>
  );
}

/** What came of an act so far, each with its tone. */
export function sentences(parts: readonly ActView[], away: boolean): [string, string][] {
  const found: [string, string][] = [];
  const has = (state: ActView["state"]): boolean => parts.some((each) => each.state === state);
  const refused = parts.find(({ state }) => state === "refused")?.problem;
  if (refused) found.push(["bad", `${A.refused}: ${refused.title} ${refused.detail}`.trim()]);
  if (has("withdrawn")) found.push(["quiet", A.withdrawn]);
  if (has("sent")) found.push(["info", A.sending]);
  if (has("waiting")) {
    const never = parts.every(({ state, tries }) => state !== "waiting" || tries === 0);
    found.push(["warn", !never ? A.again : away ? A.waitingLine : A.waitingTurn]);
  }
  const done = parts.filter(({ state }) => state === "done");
  if (done.length > 0) found.push(...doneSentences(done));
  return found;
}

function doneSentences(done: readonly ActView[]): [string, string][] {
  const whole = done.some(({ act, terms }) => act === "announce" || terms.attempts === "all");
  const count = done.reduce((sum, each) => sum + each.done.length, 0);
  const found: [string, string][] = [];
  if (whole) found.push(["good", `✓ ${A.doneWhole}`]);
  else if (count > 0) found.push(["good", `✓ ${A.done(count)}`]);
  if (whole || count > 0) {
    found.push(["quiet", done.every(({ durable }) => durable) ? A.onRecord : A.notOnRecord]);
  }
  const meant = done.reduce((sum, { meant_for }) => sum + meant_for, 0);
  const notice = done.some(({ act }) => act === "message" || act === "announce");
  if (notice && meant > 0) {
    const seen = done.reduce((sum, each) => sum + each.seen.length, 0);
    found.push([
      "info",
      A.seen(
        seen,
        meant,
        done.every(({ seen_sure }) => seen_sure),
      ),
    ]);
  }
  return found;
}
