/** The results of an exam: the table, the files, releasing and withdrawing. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExamView, Grading, ResultRow, ResultsHidden, ResultsShown } from "protocol";
import {
  Badge,
  Banner,
  Button,
  type Column,
  Confirm,
  dateTime,
  Dialog,
  download,
  get,
  post,
  Select,
  Table,
  toast,
  type Tone,
} from "../kit";
import { attempted, Shown, useLoad } from "./data";
import { Marking } from "./marking";
import { WORDS } from "./words";

const W = WORDS.results;
const COLUMNS: Column<ResultRow>[] = [
  { field: "candidate", text: W.columns.candidate, sorts: true, cell: (row) => row.candidate },
  { field: "name", text: W.columns.name, sorts: true, cell: (row) => row.name },
  { field: "state", text: W.columns.state, cell: (row) => WORDS.states[row.state] },
  {
    field: "total",
    text: W.columns.total,
    sorts: true,
    end: true,
    look: "number",
    cell: (row) => (row.whole ? `${row.whole.total} / ${row.whole.maximum}` : ""),
  },
  { field: "grading", text: W.columns.grading, cell: (row) => <Graded row={row} /> },
  {
    field: "closed",
    text: W.columns.closed,
    look: "number small",
    cell: (row) => (row.closed_at ? dateTime(row.closed_at) : ""),
  },
];
/** Attempts that have not ended. */
const OPEN = new Set<ResultRow["state"]>(["not_started", "in_progress", "paused"]);
type Open = "" | "release" | "withdraw" | "marking";

export function Results(props: { exam: ExamView }): JSX.Element {
  const { exam } = props;
  const path = `admin/exams/${encodeURIComponent(exam.exam)}`;
  const [sort, setSort] = useState("-total");
  const [open, setOpen] = useState<Open>("");
  const rows = useLoad(`${path}/results ${sort}`, (signal) =>
    get<ResultRow[] | { items: ResultRow[] }>(`${path}/results`, { sort }, signal).then((found) =>
      Array.isArray(found) ? found : found.items,
    ),
  );
  const close = (): void => setOpen("");
  const withdraw = async (): Promise<void> => {
    close();
    const hidden = await tried(() => post<ResultsHidden>(`${path}/withdraw`));
    if (hidden) toast(W.withdrawn(hidden.withdrawn.length), "good");
    rows.reload();
  };
  const file = (what: string, name: string, query = {}): void => {
    void attempted(() => download(`${path}/${what}`, `${exam.exam}-${name}`, query));
  };
  const waits = (rows.data ?? []).filter((row) => row.waiting && row.waiting.length > 0);
  const waiting = waits.reduce((sum, row) => sum + (row.waiting?.length ?? 0), 0);
  const still = (rows.data ?? []).filter((row) => OPEN.has(row.state)).length;
  const released = rows.data?.some((row) => row.grading === "released") ?? false;
  return (
    <section class="stack">
      <div class="row">
        <Button look="main" onClick={() => setOpen("release")}>
          {W.release}
        </Button>
        <Button whyNot={released ? "" : W.noneReleased} onClick={() => setOpen("withdraw")}>
          {W.withdraw}
        </Button>
        <Button onClick={() => file("results", "results.csv", { format: "csv" })}>{W.csv}</Button>
        <Button onClick={() => file("export", "attempts.ndjson")}>{W.export}</Button>
        {waiting > 0 ? (
          <Button onClick={() => setOpen("marking")}>{W.waiting(waiting)}</Button>
        ) : null}
      </div>
      <Shown of={rows} empty={(found) => found.length === 0}>
        {(found) => (
          <>
            <p class="quiet">
              {W.summary(found.filter(isGraded).length, found.length, waits.length)}
            </p>
            <Table
              caption={W.columns.total}
              columns={COLUMNS}
              items={found}
              idOf={(row) => row.attempt}
              sort={sort}
              onSort={setSort}
            />
          </>
        )}
      </Shown>
      {open === "release" ? (
        <Release path={path} onClose={close} onDone={rows.reload}>
          {still > 0 ? (
            <Banner tone="warn">
              {W.still(still)}{" "}
              {exam.closes_at > Date.now() ? W.open(dateTime(exam.closes_at)) : ""}
            </Banner>
          ) : null}
        </Release>
      ) : null}
      {open === "marking" ? <Marking path={path} onClose={close} onDone={rows.reload} /> : null}
      <Confirm
        open={open === "withdraw"}
        title={W.withdrawTitle}
        text={W.withdrawText}
        yes={W.withdraw}
        no={WORDS.cancel}
        danger
        onYes={() => void withdraw()}
        onNo={close}
      />
    </section>
  );
}

async function tried<T>(act: () => Promise<T>): Promise<T | null> {
  let found: T | null = null;
  await attempted(async () => {
    found = await act();
  });
  return found;
}

function Graded(props: { row: ResultRow }): JSX.Element | null {
  const { grading, waiting = [] } = props.row;
  if (waiting.length > 0) return <Badge tone="warn">{W.waiting(waiting.length)}</Badge>;
  if (grading === "none") return null;
  const tone = { released: "good", regrade_proposed: "warn" } as Partial<Record<Grading, Tone>>;
  return <Badge tone={tone[grading] ?? "quiet"}>{WORDS.gradings[grading]}</Badge>;
}

/** Whether there is a result that waits for nobody. */
function isGraded(row: ResultRow): boolean {
  return Boolean(row.whole) && !row.waiting?.length;
}

function Release(props: {
  path: string;
  onClose: () => void;
  onDone: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const { path, onClose, onDone } = props;
  const [reveal, setReveal] = useState("outcomes");
  const release = async (): Promise<void> => {
    onClose();
    const shown = await tried(() =>
      post<ResultsShown>(`${path}/release`, { reveal }),
    );
    if (shown) {
      const { released, ungraded, regrade_proposed } = shown;
      toast(W.released(released.length, ungraded, regrade_proposed), "good");
    }
    onDone();
  };
  const foot = (
    <>
      <Button onClick={onClose}>{WORDS.cancel}</Button>
      <Button look="main" onClick={() => void release()}>
        {W.release}
      </Button>
    </>
  );
  return (
    <Dialog title={W.releaseTitle} open onClose={onClose} foot={foot}>
      <p>{W.releaseText}</p>
      {props.children}
      <Select
        label={W.reveal}
        value={reveal}
        onInput={setReveal}
        options={W.reveals}
        hint={reveal === "keys" ? W.keysHint : undefined}
      />
    </Dialog>
  );
}
