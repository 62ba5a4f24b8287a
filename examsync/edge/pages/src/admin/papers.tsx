/** Papers: what exams are made of. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PaperSummary } from "protocol";
import { Button, type Column, dateTime } from "../kit";
import { useList } from "./data";
import { ExamForm } from "./examform";
import { ListPage } from "./listpage";
import { Paper } from "./paper";
import { PaperForm } from "./paperform";
import { goTo, write } from "./route";
import { WORDS } from "./words";

const W = WORDS.papers;

const columns = (onExam: (paper: string) => void): Column<PaperSummary>[] => [
  {
    field: "title",
    text: W.columns.title,
    cell: (one) => (
      <>
        <a href={write("papers", one.paper)}>{one.title}</a>
        <div class="quiet small">{one.paper}</div>
      </>
    ),
  },
  { field: "bank", text: W.columns.bank, cell: (one) => one.bank },
  {
    field: "questions",
    text: W.columns.questions,
    end: true,
    look: "number",
    cell: (one) => one.questions,
  },
  {
    field: "maximum",
    text: W.columns.maximum,
    end: true,
    look: "number",
    cell: (one) => one.maximum,
  },
  {
    field: "created",
    text: W.columns.created,
    look: "number small",
    cell: (one) => dateTime(one.created_at),
  },
  {
    field: "act",
    text: "",
    cell: (one) => (
      <Button slim onClick={() => onExam(one.paper)}>
        {W.exam}
      </Button>
    ),
  },
];

export function Papers(props: { id: string }): JSX.Element {
  return props.id ? <Paper key={props.id} id={props.id} /> : <AllPapers />;
}

function AllPapers(): JSX.Element {
  const list = useList<PaperSummary>("admin/papers");
  const [exam, setExam] = useState<string | null>(null);
  return (
    <ListPage
      title={WORDS.places.papers}
      list={list}
      columns={columns(setExam)}
      idOf={(one) => one.paper}
      create={W.create}
      form={(close) => <PaperForm onClose={close} onDone={list.reload} />}
    >
      {exam ? (
        <ExamForm paper={exam} onClose={() => setExam(null)} onDone={(id) => goTo("exams", id)} />
      ) : null}
    </ListPage>
  );
}
