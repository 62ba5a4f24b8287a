/** The results of an exam: the table, the files, releasing and withdrawing. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExamView, ResultRow, ResultsHidden, ResultsShown } from "protocol";
import {
  Badge,
  Button,
  Confirm,
  dateTime,
  Dialog,
  download,
  get,
  post,
  Select,
  Table,
  toast,
} from "../kit";
import { attempted, Shown, useLoad } from "./data";
import { Marking } from "./marking";
import { WORDS } from "./words";

const W = WORDS.results;
const COLUMNS = [
  { field: "candidate", text: W.columns.candidate, sorts: true },
  { field: "name", text: W.columns.name, sorts: true },
  { field: "state", text: W.columns.state },
  { field: "total", text: W.columns.total, sorts: true, end: true },
  { field: "grading", text: W.columns.grading },
  { field: "closed", text: W.columns.closed },
];
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
  const waiting = (rows.data ?? []).reduce((sum, row) => sum + (row.waiting?.length ?? 0), 0);
  const released = rows.data?.some((row) => row.grading === "released") ?? false;
  return (
    <section class="stack">
      <div class="row">
        <Button look="main" onClick={() => setOpen("release")}>
          {W.release}
        </Button>
        <Button whyNot={released ? "" : WORDS.none} onClick={() => setOpen("withdraw")}>
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
              {W.summary(found.filter((row) => row.whole).length, found.length)}
            </p>
            <Table caption={W.columns.total} columns={COLUMNS} sort={sort} onSort={setSort}>
              {found.map((row) => (
                <Line key={row.attempt} row={row} />
              ))}
            </Table>
          </>
        )}
      </Shown>
      {open === "release" ? <Release path={path} onClose={close} onDone={rows.reload} /> : null}
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

function Line(props: { row: ResultRow }): JSX.Element {
  const { row } = props;
  const wait = row.waiting?.length ?? 0;
  return (
    <tr>
      <td>{row.candidate}</td>
      <td>{row.name}</td>
      <td>{WORDS.states[row.state]}</td>
      <td class="end number">{row.whole ? `${row.whole.total} / ${row.whole.maximum}` : ""}</td>
      <td>
        <Badge tone={row.grading === "released" ? "good" : "quiet"}>
          {wait > 0 ? W.waiting(wait) : WORDS.gradings[row.grading]}
        </Badge>
      </td>
      <td class="number small">{row.closed_at ? dateTime(row.closed_at) : ""}</td>
    </tr>
  );
}

function Release(props: { path: string; onClose: () => void; onDone: () => void }): JSX.Element {
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
      <Select label={W.reveal} value={reveal} onInput={setReveal} options={W.reveals} />
    </Dialog>
  );
}
