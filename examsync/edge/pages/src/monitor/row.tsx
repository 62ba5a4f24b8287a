/** One row of the table: a candidate at a glance. */
import type { JSX } from "preact";
import type { Row } from "protocol";
import { duration } from "../kit";
import { age, extraOf, hundredths, lineOf, timeText } from "./cells";
import { dispatch } from "./dispatch";
import { useLookout } from "./here";
import { nameOf, type Seat, stateOf } from "./roster";
import { NOTABLE, SERIOUS, type Trouble, underWay } from "./trouble";
import { W } from "./words";

export function idOfRow(attempt: string): string {
  return `row-${attempt}`;
}

export function RowView(props: { id: string; at: number }): JSX.Element | null {
  const lookout = useLookout();
  void lookout.picture.value;
  const seat = lookout.seat(props.id);
  if (seat === undefined) return null;
  const { row, trouble } = seat;
  const selected = lookout.selected.value.has(props.id);
  const name = nameOf(row, props.id);
  const marks = [
    "seat",
    lookout.cursor.value === props.id ? "cursor" : "",
    lookout.opened.value === props.id ? "opened" : "",
  ];
  const open = (): void => {
    lookout.cursor.value = props.id;
    lookout.opened.value = props.id;
  };
  return (
    <tr
      id={idOfRow(props.id)}
      role="row"
      class={marks.filter(Boolean).join(" ")}
      aria-rowindex={props.at}
      aria-selected={selected}
      onClick={open}
    >
      <td role="gridcell" class={`c-pick ${gravity(trouble)}`} onClick={stay}>
        <label class="pick-box">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={W.selectRow(name)}
            checked={selected}
            onChange={() => lookout.toggle(props.id)}
          />
        </label>
      </td>
      <td role="gridcell" class="c-name">
        <span class={`name ${underWay(row) ? "" : row.state}`}>{name}</span>
        <span class="under">
          {[row.candidate, row.group].filter(Boolean).join(" · ")}
          {row.hall ? <span class="hall-too"> · {row.hall}</span> : null}
        </span>
      </td>
      <td role="gridcell" class="c-trouble">
        <Reasons trouble={trouble} />
      </td>
      <td role="gridcell" class="c-hall">
        {row.hall ?? ""}
      </td>
      <td role="gridcell" class="c-state">
        <State seat={seat} />
      </td>
      <Cells seat={seat} />
      <td role="gridcell" class="c-signals number">
        {row.violations ? row.violations : ""}
      </td>
      <td role="gridcell" class="c-hand" onClick={stay}>
        <Quick seat={seat} />
      </td>
    </tr>
  );
}

/** A press on what is inside the row, and not on the row. */
function stay(event: Event): void {
  event.stopPropagation();
}

/** It stands on the very cells that it colours: Chromium misses at times that a cell has to look
 * different when its row gets another class and another place at once. */
function gravity({ weight }: Trouble): string {
  return weight >= SERIOUS ? "serious" : weight >= NOTABLE ? "notable" : "";
}

/** The weightiest reason in words, and how many more there are. */
function Reasons(props: { trouble: Trouble }): JSX.Element {
  const { trouble } = props;
  const [first] = trouble.reasons;
  if (first === undefined) return <span class="only-read-aloud">{W.quiet}</span>;
  const all = trouble.reasons.map(({ text }) => text).join(", ");
  const more = trouble.reasons.length - 1;
  const shape = trouble.weight >= SERIOUS ? "▲" : trouble.weight >= NOTABLE ? "◆" : "";
  return (
    <span class={`reasons ${gravity(trouble)}`} title={all}>
      <span class="shape" aria-hidden="true">
        {shape}
      </span>
      <span class="reason">{first.text}</span>
      {more > 0 ? <span class="more">{W.moreReasons(more)}</span> : null}
    </span>
  );
}

const STATE_SHAPES: Record<string, string> = {
  not_started: "○",
  in_progress: "▶",
  paused: "‖",
  submitted: "✓",
  expired: "■",
  terminated: "✕",
  absent: "–",
};

export function State(props: { seat: Seat }): JSX.Element {
  const state = stateOf(props.seat.row);
  return (
    <span class={`state ${state}`}>
      <span class="shape" aria-hidden="true">
        {STATE_SHAPES[state]}
      </span>
      {W.state[state]}
    </span>
  );
}

/** The cells that change with the time. */
function Cells(props: { seat: Seat }): JSX.Element {
  const lookout = useLookout();
  const now = lookout.now.value;
  const { row, connection } = props.seat;
  const line = lineOf(row, connection, now);
  return (
    <>
      <td role="gridcell" class="c-progress">
        <Progress answered={row.answered} total={row.total} />
      </td>
      <td role="gridcell" class="c-saved number">
        {row.saved_at == null ? "" : age(row.saved_at, now)}
      </td>
      <td role="gridcell" class={`c-left number ${stands(row) ? "stands" : ""}`}>
        <TimeLeft seat={props.seat} />
      </td>
      <td role="gridcell" class="c-line" title={line.about}>
        <span class={`line ${line.sign}`}>
          <span class="shape" aria-hidden="true" />
          {line.word}
        </span>
        {line.more ? <span class="under number">{line.more}</span> : null}
      </td>
    </>
  );
}

function stands(row: Row): boolean {
  return row.paused_since != null && underWay(row);
}

export function TimeLeft(props: { seat: Seat }): JSX.Element {
  const lookout = useLookout();
  const { row } = props.seat;
  const usual = lookout.facts.value?.duration_ms;
  const extra = extraOf(row, usual);
  return (
    <>
      {stands(row) ? (
        <span title={W.standsStill} class="shape">
          <span aria-hidden="true">‖ </span>
          <span class="only-read-aloud">{W.standsStill}: </span>
        </span>
      ) : null}
      {timeText(row, lookout.now.value)}
      {extra ? (
        <span class="under" title={W.extraAbout(extra, duration(usual ?? 0))}>
          {W.extraTime(extra)}
        </span>
      ) : null}
    </>
  );
}

export function Progress(props: { answered: number; total: number }): JSX.Element {
  const { answered, total } = props;
  return (
    <span class="progress">
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${hundredths(answered, total)}%` }} />
      </span>
      <span class="number" aria-label={W.answered(answered, total)}>
        {answered}/{total}
      </span>
    </span>
  );
}

const HAND =
  "M7 12V6a1.5 1.5 0 0 1 3 0v5V4a1.5 1.5 0 0 1 3 0v7V5a1.5 1.5 0 0 1 3 0v7V8a1.5 1.5 0 0 1 3 0v7" +
  "a7 7 0 0 1-7 7 7 7 0 0 1-5.6-2.8L4 15.5a1.6 1.6 0 0 1 2.4-2z";

/** A raised hand, drawn: not every machine has a letter for it. */
export function HandSign(): JSX.Element {
  return (
    <svg class="hand-sign" viewBox="0 0 24 24" aria-hidden="true">
      <path d={HAND} />
    </svg>
  );
}

/** What can be done with one press: take a hand down, let a new device go on. */
function Quick(props: { seat: Seat }): JSX.Element | null {
  const lookout = useLookout();
  const { row } = props.seat;
  const name = nameOf(row, row.attempt);
  if (row.hand && !row.can?.["resolve"]) {
    return (
      <button
        type="button"
        tabIndex={-1}
        class="quick"
        title={W.handUp}
        aria-label={`${W.handUp}: ${name}. ${W.resolve}`}
        onClick={() => void dispatch(lookout, "resolve", [row.attempt], {})}
      >
        <HandSign /> <span class="quick-word">{W.resolve}</span>
      </button>
    );
  }
  return null;
}
