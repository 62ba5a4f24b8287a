/** One paper as candidates will get it, with the keys: the sections and their questions. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { KeyedItem, PaperView } from "protocol";
import { Button, dateTime, get, Picture, Rich } from "../kit";
import { Shown, useLoad } from "./data";
import { ExamForm } from "./examform";
import { keyText } from "./question";
import { goTo, write } from "./route";
import { WORDS } from "./words";

const W = WORDS.papers;

export function Paper(props: { id: string }): JSX.Element {
  const path = `admin/papers/${encodeURIComponent(props.id)}`;
  const loaded = useLoad(path, (signal) => get<PaperView>(path, {}, signal));
  const [making, setMaking] = useState(false);
  return (
    <>
      <div class="row head">
        <div class="grow">
          <a class="small" href={write("papers")}>
            ← {W.back}
          </a>
          <h1>{loaded.data?.title ?? props.id}</h1>
        </div>
        <Button look="main" onClick={() => setMaking(true)}>
          {W.exam}
        </Button>
      </div>
      <Shown of={loaded}>{(paper) => <Whole paper={paper} />}</Shown>
      {making ? (
        <ExamForm
          paper={props.id}
          onClose={() => setMaking(false)}
          onDone={(exam) => goTo("exams", exam)}
        />
      ) : null}
    </>
  );
}

function Whole(props: { paper: PaperView }): JSX.Element {
  const { paper } = props;
  return (
    <>
      <p class="quiet">
        {W.about(paper.questions, paper.maximum)} {W.from}{" "}
        <a href={write("banks", paper.bank)}>{paper.bank}</a>,{" "}
        {WORDS.exam.by(dateTime(paper.created_at), paper.created_by)}
      </p>
      {paper.instructions ? (
        <section class="card stack" aria-label={W.instructions}>
          <h2>{W.instructions}</h2>
          <p class="pre">
            <Rich text={paper.instructions} />
          </p>
        </section>
      ) : null}
      {paper.sections.map((section) => (
        <section key={section.section} class="card stack">
          <h2>{section.title || section.section}</h2>
          <ol class="items">
            {section.items.map((item) => (
              <Item key={item.item} item={item} />
            ))}
          </ol>
        </section>
      ))}
    </>
  );
}

function Item(props: { item: KeyedItem }): JSX.Element {
  const { question, marks, negative_marks } = props.item;
  return (
    <li class="stack">
      <p class="pre">
        <Rich text={question.stem} />
      </p>
      {question.image ? <Picture src={question.image} alt={WORDS.banks.picture} /> : null}
      {question.options.length > 0 ? (
        <ul class="options">
          {question.options.map((option) => (
            <li key={option.id} class={option.right ? "right" : ""}>
              <Rich text={option.text} />
              {option.right ? <span class="only-read-aloud"> {W.right}</span> : null}
            </li>
          ))}
        </ul>
      ) : (
        <p class="small">
          <Rich text={keyText(question)} />
        </p>
      )}
      <p class="quiet small">
        {[WORDS.banks.kinds[question.kind], W.marks(marks, negative_marks), question.external_id]
          .filter(Boolean)
          .join(" · ")}
      </p>
    </li>
  );
}
