/** One candidate, whole: how it stands, what can be done, everything that happened. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button, clock } from "../kit";
import { ActsOn } from "./actslist";
import { ActButtons, WhyNots } from "./bulk";
import { age, lineOf } from "./cells";
import { useLookout } from "./here";
import { nameOf, type Seat } from "./roster";
import { Progress, State, TimeLeft } from "./row";
import { Timeline } from "./timeline";
import { NOTABLE, SERIOUS } from "./trouble";
import { D } from "./drawerwords";
import { W } from "./words";

export function Drawer(): JSX.Element | null {
  const lookout = useLookout();
  void lookout.picture.value;
  const id = lookout.opened.value;
  const seat = id === null ? undefined : lookout.seat(id);
  if (seat === undefined) return null;
  return <Open key={id} seat={seat} />;
}

function Open(props: { seat: Seat }): JSX.Element {
  const lookout = useLookout();
  const { seat } = props;
  const { row } = seat;
  const held = useRef<HTMLElement>(null);
  const name = nameOf(row, row.attempt);
  useEffect(() => {
    const before = document.activeElement;
    if (!(before instanceof HTMLElement) || !before.matches('[role="grid"]')) held.current?.focus();
    return () => {
      if (!(before instanceof HTMLElement && before.isConnected)) return;
      if (held.current === null || held.current.contains(document.activeElement)) before.focus();
    };
  }, []);
  return (
    <section class="drawer" ref={held} tabIndex={-1} aria-label={name}>
      <header class="drawer-head">
        <div class="grow">
          <h2>{name}</h2>
          <p class="quiet small">
            {[row.candidate, row.hall, row.group].filter(Boolean).join(" · ")}
          </p>
        </div>
        <State seat={seat} />
        <Button slim look="plain" label={W.close} onClick={() => (lookout.opened.value = null)}>
          ✕
        </Button>
      </header>
      <div class="drawer-body">
        <Why seat={seat} />
        <div>
          <ActButtons seats={[seat]} />
          <WhyNots seat={seat} />
        </div>
        <ActsOn attempt={row.attempt} />
        <Standing seat={seat} />
        <Timeline seat={seat} />
      </div>
    </section>
  );
}

/** All reasons to look at the row, the weightiest first. */
function Why(props: { seat: Seat }): JSX.Element | null {
  const { reasons } = props.seat.trouble;
  if (reasons.length === 0) return null;
  return (
    <ul class="why" aria-label={D.why}>
      {reasons.map(({ text, weight }) => (
        <li
          key={text}
          class={`reasons ${weight >= SERIOUS ? "serious" : weight >= NOTABLE ? "notable" : ""}`}
        >
          {text}
        </li>
      ))}
    </ul>
  );
}

function Standing(props: { seat: Seat }): JSX.Element {
  const lookout = useLookout();
  const now = lookout.now.value;
  const { seat } = props;
  const { row, connection } = seat;
  const line = lineOf(row, connection, now);
  const facts: [string, JSX.Element | string][] = [
    [D.answered, <Progress answered={row.answered} total={row.total} />],
    [D.left, <TimeLeft seat={seat} />],
    [
      D.saved,
      row.saved_at == null ? D.nothing : D.ago(clock(row.saved_at), age(row.saved_at, now)),
    ],
    [D.line, `${line.word} ${line.more}`.trim()],
  ];
  if (row.started_at != null) facts.push([D.started, clock(row.started_at)]);
  if (row.deadline != null && row.started_at != null) {
    facts.push([D.deadline, row.paused_since == null ? clock(row.deadline) : W.standsStill]);
  }
  if (row.closed_at != null) facts.push([D.closed, clock(row.closed_at)]);
  const counts = D.counts(row.flagged ?? 0, row.late ?? 0, row.kept ?? 0);
  if (counts) facts.push([D.answers, counts]);
  if (row.grading && row.grading !== "none") facts.push([D.marks, W.grading[row.grading]]);
  facts.push([D.record, row.durable && row.durable[1] >= row.rev[1] ? D.allOnRecord : D.onTheWay]);
  return (
    <dl class="standing">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="number">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
