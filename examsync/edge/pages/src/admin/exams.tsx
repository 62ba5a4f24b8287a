/** All exams, and making a new one. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExamSummary } from "protocol";
import { Badge, type Column, dateTime, duration, Field, Select, type Tone } from "../kit";
import { useList } from "./data";
import { ExamForm } from "./examform";
import { ListPage } from "./listpage";
import { goTo, write } from "./route";
import { type Status, WORDS } from "./words";

const W = WORDS.exams;
export const STATUS_TONES: Record<Status, Tone> = {
  draft: "warn",
  published: "good",
  archived: "quiet",
};
const COLUMNS: Column<ExamSummary>[] = [
  {
    field: "title",
    text: W.columns.title,
    sorts: true,
    cell: (one) => (
      <>
        <a href={write("exams", one.exam)}>{one.title}</a>
        <div class="quiet small">{one.exam}</div>
      </>
    ),
  },
  {
    field: "status",
    text: W.columns.status,
    cell: (one) => <Badge tone={STATUS_TONES[one.status]}>{WORDS.statuses[one.status]}</Badge>,
  },
  {
    field: "opens_at",
    text: W.columns.opens_at,
    sorts: true,
    look: "number",
    cell: (one) => dateTime(one.opens_at),
  },
  {
    field: "duration",
    text: W.columns.duration,
    look: "number",
    cell: (one) => duration(one.duration_ms),
  },
  {
    field: "candidates",
    text: W.columns.candidates,
    end: true,
    look: "number",
    cell: (one) => one.candidates,
  },
  {
    field: "states",
    text: W.columns.states,
    look: "small",
    cell: (one) => statesText(one.states),
  },
];

export function Exams(): JSX.Element {
  const [q, setQ] = useState("");
  const [status, setStatus] = useState("");
  const [sort, setSort] = useState("-opens_at");
  const list = useList<ExamSummary>("admin/exams", { q, status, sort });
  const statuses = Object.entries(WORDS.statuses) as [string, string][];
  const filters = (
    <>
      <Field label={WORDS.search} type="search" value={q} onInput={setQ} />
      <Select
        label={W.columns.status}
        value={status}
        onInput={setStatus}
        options={[["", W.all], ...statuses]}
      />
    </>
  );
  return (
    <ListPage
      title={WORDS.places.exams}
      list={list}
      columns={COLUMNS}
      idOf={(one) => one.exam}
      sort={sort}
      onSort={setSort}
      filters={filters}
      none={q || status ? WORDS.noMatch : <FirstSteps />}
      create={W.create}
      form={(close) => <ExamForm onClose={close} onDone={(exam) => goTo("exams", exam)} />}
    />
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
