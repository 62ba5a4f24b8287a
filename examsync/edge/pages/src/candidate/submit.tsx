/** Handing in: what is answered and what is not, by section, and the question whether to. */
import type { JSX } from "preact";
import { Banner, Button, Dialog } from "../kit";
import type { Seat } from "./seat";
import { count, type Counts, evaluated, type Standing } from "./standing";
import { WORDS } from "./words";

const W = WORDS.submit;

export function Submit(props: { seat: Seat; open: boolean; onClose: () => void }): JSX.Element {
  const { seat, open, onClose } = props;
  const view = seat.view.value;
  const whyNot = view.state === "paused" || view.lease_lost ? seat.whyNot.value : "";
  const offline = view.connection.state !== "live";
  const standings = seat.standings.value;
  const left = standings.length - evaluated(count(standings));
  const foot = (
    <>
      <Button onClick={onClose}>{W.no}</Button>
      <Button look="main" busy={view.submitting} whyNot={whyNot} onClick={() => seat.submit()}>
        {view.submitting ? W.sending : W.yes}
      </Button>
    </>
  );
  return (
    <Dialog title={W.title} open={open} onClose={onClose} foot={foot} wide>
      <p>
        {left > 0 ? <strong>{W.left(left)} </strong> : null}
        {W.text}
      </p>
      {offline ? (
        <Banner tone="warn" live="polite">
          {W.offline}
        </Banner>
      ) : view.waiting_answers > 0 ? (
        <Banner tone="info">{W.waiting(view.waiting_answers)}</Banner>
      ) : null}
      <Summary seat={seat} />
    </Dialog>
  );
}

function Summary(props: { seat: Seat }): JSX.Element {
  const standings = props.seat.standings.value;
  const bySection = new Map<string, { title: string; standings: Standing[] }>();
  for (const row of props.seat.rows.value) {
    const { id, title } = row.section;
    const found = bySection.get(id) ?? { title, standings: [] };
    found.standings.push(standings[row.number - 1] ?? "unseen");
    bySection.set(id, found);
  }
  return (
    <div class="table-frame" tabIndex={0} role="region" aria-label={W.title}>
      <table class="table summary" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {W.columns.map((column, at) => (
              <th key={column} scope="col" role="columnheader" class={at > 0 ? "end" : ""}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {[...bySection].map(([id, { title, standings: own }]) => (
            <Line key={id} title={title} counts={count(own)} />
          ))}
          {bySection.size > 1 ? <Line title={W.total} counts={count(standings)} /> : null}
        </tbody>
      </table>
    </div>
  );
}

function Line(props: { title: string; counts: Counts }): JSX.Element {
  const { counts } = props;
  const cells = [
    evaluated(counts),
    counts.answered_marked,
    counts.marked,
    counts.unanswered,
    counts.unseen,
  ];
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {props.title}
      </th>
      {cells.map((cell, at) => (
        <td
          key={at}
          role="cell"
          class={cell ? "end number" : "end number zero"}
          data-label={W.columns[at + 1]}
        >
          {cell}
        </td>
      ))}
    </tr>
  );
}
