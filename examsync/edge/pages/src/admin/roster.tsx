/** The roll of an exam: who sits, where, with how much time; lists in and out. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CandidateRow, ExamView } from "protocol";
import {
  Badge,
  Button,
  type Column,
  Confirm,
  download,
  duration,
  Field,
  Menu,
  type MenuEntry,
  remove,
  Select,
  Table,
} from "../kit";
import { CandidateForm } from "./candidateform";
import { attempted, More, Shown, useList } from "./data";
import { RosterImport } from "./importing";
import { goTo } from "./route";
import { WORDS } from "./words";

const W = WORDS.roster;
const columns = (entries: (row: CandidateRow) => MenuEntry[]): Column<CandidateRow>[] => [
  { field: "candidate", text: W.columns.candidate, sorts: true, cell: (row) => row.candidate },
  { field: "name", text: W.columns.name, sorts: true, cell: (row) => row.name },
  { field: "hall", text: W.columns.hall, sorts: true, cell: (row) => row.hall },
  { field: "group", text: W.columns.group, sorts: true, cell: (row) => row.group },
  { field: "time", text: W.columns.time, look: "number", cell: timeText },
  {
    field: "state",
    text: W.columns.state,
    cell: (row) => (
      <Badge tone={row.state === "in_progress" ? "info" : "quiet"}>{WORDS.states[row.state]}</Badge>
    ),
  },
  {
    field: "act",
    text: "",
    cell: (row) => <Menu slim label={`${WORDS.more}: ${row.candidate}`} entries={entries(row)} />,
  },
];
type Open = "" | "import" | "add";

export function Roster(props: { exam: ExamView; reload: () => void }): JSX.Element {
  const { exam } = props;
  const path = `admin/exams/${encodeURIComponent(exam.exam)}/candidates`;
  const [asked, setAsked] = useState({ q: "", hall: "", group: "", sort: "candidate" });
  const [open, setOpen] = useState<Open>("");
  const [changing, setChanging] = useState<CandidateRow | null>(null);
  const [leaving, setLeaving] = useState<CandidateRow | null>(null);
  const list = useList<CandidateRow>(path, asked);
  const changed = (): void => {
    list.reload();
    props.reload();
  };
  const leave = async (): Promise<void> => {
    const who = leaving;
    setLeaving(null);
    if (who === null) return;
    const gone = (): Promise<void> => remove(`${path}/${encodeURIComponent(who.candidate)}`);
    if (await attempted(gone, WORDS.done)) changed();
  };
  const entries = (row: CandidateRow): MenuEntry[] => {
    const whyNot = row.state === "not_started" ? "" : W.started;
    return [
      { text: W.edit, onPick: () => setChanging(row), whyNot },
      { text: W.remove, onPick: () => setLeaving(row), whyNot },
    ];
  };
  const filtered = Boolean(asked.q || asked.hall || asked.group);
  return (
    <section class="stack">
      <div class="row">
        <Button look="main" onClick={() => setOpen("import")}>
          {W.import}
        </Button>
        <Button onClick={() => setOpen("add")}>{W.add}</Button>
        <Button onClick={() => goTo("exams", exam.exam, "slips")}>{W.slips}</Button>
        <Button
          onClick={() =>
            void attempted(() => download(path, `${exam.exam}-roll.csv`, { format: "csv" }))
          }
        >
          {W.download}
        </Button>
      </div>
      <div class="row filters">
        <Field
          label={WORDS.search}
          type="search"
          value={asked.q}
          onInput={(q) => setAsked({ ...asked, q })}
        />
        <Pick
          label={W.hall}
          value={asked.hall}
          values={exam.halls}
          onInput={(hall) => setAsked({ ...asked, hall })}
        />
        <Pick
          label={W.group}
          value={asked.group}
          values={exam.groups}
          onInput={(group) => setAsked({ ...asked, group })}
        />
      </div>
      <Shown
        of={list}
        empty={(items) => items.length === 0}
        none={filtered ? WORDS.noMatch : `${W.nobody} ${W.importHint}`}
      >
        {(items) => (
          <Table
            caption={WORDS.exam.tabs.roster}
            columns={columns(entries)}
            items={items}
            idOf={(row) => row.candidate}
            sort={asked.sort}
            onSort={(sort) => setAsked({ ...asked, sort })}
          />
        )}
      </Shown>
      <More of={list} />
      {open === "import" ? (
        <RosterImport path={`${path}/import`} onClose={() => setOpen("")} onDone={changed} />
      ) : null}
      {open === "add" ? (
        <CandidateForm path={path} onClose={() => setOpen("")} onDone={changed} />
      ) : null}
      {changing ? (
        <CandidateForm
          path={path}
          row={changing}
          onClose={() => setChanging(null)}
          onDone={changed}
        />
      ) : null}
      <Confirm
        open={leaving !== null}
        title={W.removeTitle(leaving?.name || leaving?.candidate || "")}
        text={W.removeText}
        yes={W.remove}
        no={WORDS.cancel}
        danger
        onYes={() => void leave()}
        onNo={() => setLeaving(null)}
      />
    </section>
  );
}

function Pick(props: {
  label: string;
  value: string;
  values: string[];
  onInput: (value: string) => void;
}): JSX.Element | null {
  if (props.values.length === 0) return null;
  const options = props.values.map((one): [string, string] => [one, one]);
  return (
    <Select
      label={props.label}
      value={props.value}
      onInput={props.onInput}
      options={[["", W.all], ...options]}
    />
  );
}

/** `× 1.25, + 15 min`; "" for whoever has the exam's own time. */
function timeText(row: CandidateRow): string {
  const factor = row.factor_permille === 1_000 ? "" : `× ${row.factor_permille / 1_000}`;
  return [factor, row.extension_ms ? `+ ${duration(row.extension_ms)}` : ""]
    .filter(Boolean)
    .join(", ");
}
