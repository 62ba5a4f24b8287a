/** All exams, and making a new one. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExamSummary } from "protocol";
import { Badge, Button, dateTime, duration, Field, Select, Table, type Tone } from "../kit";
import { More, Shown, useList } from "./data";
import { ExamForm } from "./examform";
import { goTo, write } from "./route";
import { type Status, WORDS } from "./words";

const W = WORDS.exams;
export const STATUS_TONES: Record<Status, Tone> = {
  draft: "warn",
  published: "good",
  archived: "quiet",
};
const COLUMNS = [
  { field: "title", text: W.columns.title, sorts: true },
  { field: "status", text: W.columns.status },
  { field: "opens_at", text: W.columns.opens_at, sorts: true },
  { field: "duration", text: W.columns.duration },
  { field: "candidates", text: W.columns.candidates, end: true },
  { field: "states", text: W.columns.states },
];

export function Exams(): JSX.Element {
  const [q, setQ] = useState("");
  const [status, setStatus] = useState("");
  const [sort, setSort] = useState("-opens_at");
  const [making, setMaking] = useState(false);
  const list = useList<ExamSummary>("admin/exams", { q, status, sort });
  const statuses = Object.entries(WORDS.statuses) as [string, string][];
  return (
    <>
      <div class="row head">
        <h1 class="grow">{WORDS.places.exams}</h1>
        <Button look="main" onClick={() => setMaking(true)}>
          {W.create}
        </Button>
      </div>
      <div class="row filters">
        <Field label={WORDS.search} type="search" value={q} onInput={setQ} />
        <Select
          label={W.columns.status}
          value={status}
          onInput={setStatus}
          options={[["", W.all], ...statuses]}
        />
      </div>
      <Shown
        of={list}
        empty={(items) => items.length === 0}
        none={q || status ? WORDS.noMatch : <FirstSteps />}
      >
        {(items) => (
          <Table caption={WORDS.places.exams} columns={COLUMNS} sort={sort} onSort={setSort}>
            {items.map((one) => (
              <Line key={one.exam} one={one} />
            ))}
          </Table>
        )}
      </Shown>
      <More of={list} />
      {making ? (
        <ExamForm onClose={() => setMaking(false)} onDone={(exam) => goTo("exams", exam)} />
      ) : null}
    </>
  );
}

function Line(props: { one: ExamSummary }): JSX.Element {
  const { one } = props;
  return (
    <tr>
      <td>
        <a href={write("exams", one.exam)}>{one.title}</a>
        <div class="quiet small">{one.exam}</div>
      </td>
      <td>
        <Badge tone={STATUS_TONES[one.status]}>{WORDS.statuses[one.status]}</Badge>
      </td>
      <td class="number">{dateTime(one.opens_at)}</td>
      <td class="number">{duration(one.duration_ms)}</td>
      <td class="end number">{one.candidates}</td>
      <td class="small">{statesText(one.states)}</td>
    </tr>
  );
}

/** `12 working, 3 handed in`. */
export function statesText(states: ExamSummary["states"]): string {
  return Object.entries(states)
    .filter(([, n]) => n)
    .map(([state, n]) => `${n} ${WORDS.states[state as keyof typeof WORDS.states].toLowerCase()}`)
    .join(", ");
}

function FirstSteps(): JSX.Element {
  return (
    <div class="card">
      <p>{W.start}</p>
      <ol>
        {W.firstSteps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </div>
  );
}
