/** The exams somebody may watch. */
import { useEffect, useState } from "preact/hooks";
import type { JSX } from "preact";
import type { SignedIn } from "protocol";
import { Badge, Banner, Button, dateTime, explain, Field } from "../kit";
import { type ExamFacts, examsOf } from "./entry";
import { W } from "./words";

export function Choose(props: {
  who: SignedIn;
  onChoose: (exam: string) => void;
  onLeave: () => void;
}): JSX.Element {
  const [exams, setExams] = useState<ExamFacts[] | null>(null);
  const [fault, setFault] = useState("");
  const [named, setNamed] = useState("");
  const load = (): void => {
    setFault("");
    examsOf(props.who).then(setExams, (error: unknown) => {
      setExams([]);
      setFault(`${W.exams.failed} ${explain(error)}`);
    });
  };
  useEffect(load, [props.who.subject]);
  const byName = (event: Event): void => {
    event.preventDefault();
    if (named.trim()) props.onChoose(named.trim());
  };
  return (
    <main class="choose">
      <header class="row">
        <h1 class="grow">{W.exams.title}</h1>
        <span class="quiet">{props.who.name || props.who.subject}</span>
        <Button slim onClick={props.onLeave}>
          {W.signOut}
        </Button>
      </header>
      {fault ? (
        <Banner tone="warn" live="polite">
          {fault}{" "}
          <Button slim onClick={load}>
            {W.reload}
          </Button>
        </Banner>
      ) : null}
      {exams === null ? <p class="quiet">{W.exams.loading}</p> : null}
      {exams?.length === 0 && !fault ? <p class="quiet">{W.exams.none}</p> : null}
      <ul class="exams">
        {(exams ?? []).map((exam) => (
          <li key={exam.exam}>
            <ExamCard exam={exam} onChoose={props.onChoose} />
          </li>
        ))}
      </ul>
      <form class="row by-name" onSubmit={byName}>
        <Field label={W.exams.byId} value={named} onInput={setNamed} name="exam" />
        <Button type="submit">{W.exams.open}</Button>
      </form>
    </main>
  );
}

function ExamCard(props: { exam: ExamFacts; onChoose: (exam: string) => void }): JSX.Element {
  const { exam, title, status, opens_at, candidates, states } = props.exam;
  const working = states?.["in_progress"] ?? 0;
  return (
    <button type="button" class="card exam" onClick={() => props.onChoose(exam)}>
      <strong>{title || exam}</strong>
      <span class="quiet small">
        {[
          exam,
          opens_at ? dateTime(opens_at) : "",
          candidates ? W.exams.candidates(candidates) : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
      <span class="row">
        {working > 0 ? (
          <Badge tone="info" sign={false}>{`${W.chip.in_progress}: ${working.toLocaleString()}`}</Badge>
        ) : null}
        {status && status !== "published" ? <Badge>{status}</Badge> : null}
      </span>
    </button>
  );
}
