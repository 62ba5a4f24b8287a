/** Papers: what exams are made of. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PaperSummary } from "protocol";
import { Button, dateTime, Table } from "../kit";
import { More, Shown, useList } from "./data";
import { ExamForm } from "./examform";
import { PaperForm } from "./paperform";
import { goTo } from "./route";
import { WORDS } from "./words";

const W = WORDS.papers;
const COLUMNS = [
  { field: "title", text: W.columns.title },
  { field: "bank", text: W.columns.bank },
  { field: "questions", text: W.columns.questions, end: true },
  { field: "maximum", text: W.columns.maximum, end: true },
  { field: "created", text: W.columns.created },
  { field: "act", text: "" },
];

export function Papers(): JSX.Element {
  const list = useList<PaperSummary>("admin/papers");
  const [making, setMaking] = useState(false);
  const [exam, setExam] = useState<string | null>(null);
  return (
    <>
      <div class="row head">
        <h1 class="grow">{WORDS.places.papers}</h1>
        <Button look="main" onClick={() => setMaking(true)}>
          {W.create}
        </Button>
      </div>
      <Shown of={list} empty={(items) => items.length === 0}>
        {(items) => (
          <Table caption={WORDS.places.papers} columns={COLUMNS}>
            {items.map((one) => (
              <tr key={one.paper}>
                <td>
                  {one.title}
                  <div class="quiet small">{one.paper}</div>
                </td>
                <td>{one.bank ?? ""}</td>
                <td class="end number">{one.questions}</td>
                <td class="end number">{one.maximum}</td>
                <td class="number small">{dateTime(one.created_at)}</td>
                <td class="end">
                  <Button slim onClick={() => setExam(one.paper)}>
                    {W.exam}
                  </Button>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Shown>
      <More of={list} />
      {making ? <PaperForm onClose={() => setMaking(false)} onDone={list.reload} /> : null}
      {exam ? (
        <ExamForm paper={exam} onClose={() => setExam(null)} onDone={(id) => goTo("exams", id)} />
      ) : null}
    </>
  );
}
