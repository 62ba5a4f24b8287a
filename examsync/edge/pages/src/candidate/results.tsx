/** What the candidate sees of the results once they are released, as much as was revealed. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ItemMark, PartMarks, ResponseValue, Section } from "protocol";
import {
  Badge,
  Banner,
  Button,
  explain,
  get,
  Picture,
  ProblemError,
  Rich,
  type Tone,
} from "../kit";
import { WORDS } from "./words";

const W = WORDS.results;

interface Question {
  kind: string;
  stem: string;
  image?: string | null;
  explanation?: string;
  options?: { id: string; text: string }[];
  answer?: string | boolean;
  answers?: unknown[];
}

interface CandidateResult {
  attempt: string;
  released_at: number;
  whole: PartMarks;
  sections: Record<string, PartMarks>;
  items?: ItemMark[] | null;
  paper?: {
    sections: { id: string; title: string; items: { id: string; question: Question }[] }[];
  } | null;
}

/** By item, what this candidate answered. */
type Given = Readonly<Record<string, { response: ResponseValue }>>;

const TONES: Record<string, Tone> = {
  correct: "good",
  partial: "warn",
  incorrect: "bad",
  manual: "info",
};

/** A response in words. Pure. */
export function answerText(
  item: { options?: { id: string; text: string }[] },
  response: ResponseValue | undefined,
): string {
  if (response === null || response === undefined || response === "") return W.none;
  if (typeof response === "boolean") {
    return response ? WORDS.question.true : WORDS.question.false;
  }
  const named = (id: string): string =>
    item.options?.find((option) => option.id === id)?.text ?? id;
  return Array.isArray(response) ? response.map(named).join("; ") : named(String(response));
}

/** The right answer in words. Pure. */
export function keyText(question: Question): string {
  if (question.answer !== undefined) return answerText(question, question.answer);
  return (question.answers ?? []).map((one) => oneKey(question, one)).join("; ");
}

function oneKey(question: Question, one: unknown): string {
  if (typeof one === "string") return answerText(question, one);
  const range = one as { value?: string; tolerance?: string; low?: string; high?: string };
  if (range.low !== undefined) return `${range.low} – ${range.high}`;
  const about = range.tolerance && range.tolerance !== "0" ? ` ± ${range.tolerance}` : "";
  return `${range.value ?? ""}${about}`;
}

export function Results(props: {
  exam: string;
  released: boolean;
  given: Given;
  /** The paper's, for their titles: the result knows them by their ids. */
  sections: readonly Section[];
}): JSX.Element {
  const [found, setFound] = useState<CandidateResult | null>(null);
  const [fault, setFault] = useState("");
  const load = (): void => {
    setFault("");
    get<CandidateResult>(`my/exams/${encodeURIComponent(props.exam)}/result`)
      .then(setFound)
      .catch((error: unknown) => {
        const early = error instanceof ProblemError && error.status === 404;
        if (!early) setFault(explain(error));
      });
  };
  useEffect(load, [props.exam, props.released]);
  return (
    <section class="card stack" aria-live="polite" data-testid="results">
      <h2>{W.title}</h2>
      {fault ? <Banner tone="bad">{fault}</Banner> : null}
      {found === null ? (
        <div class="row">
          <p class="grow">{WORDS.ended.notYet}</p>
          <Button slim onClick={load}>
            {WORDS.ended.again}
          </Button>
        </div>
      ) : (
        <Shown result={found} given={props.given} sections={props.sections} />
      )}
    </section>
  );
}

function Shown(props: {
  result: CandidateResult;
  given: Given;
  sections: readonly Section[];
}): JSX.Element {
  const { whole, sections, items } = props.result;
  const titles = new Map(props.sections.map((section) => [section.id, section.title]));
  const parts = Object.entries(sections);
  return (
    <>
      <p class="total">
        {W.total} <strong class="number">{whole.total}</strong> / {whole.maximum}
      </p>
      {parts.length > 1 ? (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{W.section}</th>
              <th scope="col" class="end">
                {W.marks}
              </th>
            </tr>
          </thead>
          <tbody>
            {parts.map(([id, part]) => (
              <tr key={id}>
                <th scope="row">{titles.get(id) || id}</th>
                <td class="end number">
                  {part.total} / {part.maximum}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {items ? <Items result={props.result} given={props.given} /> : null}
    </>
  );
}

function Items(props: { result: CandidateResult; given: Given }): JSX.Element {
  const { items, paper } = props.result;
  const questions = new Map(
    paper?.sections.flatMap((section) => section.items.map((each) => [each.id, each.question])),
  );
  return (
    <ol class="marked">
      {(items ?? []).map((mark, at) => {
        const question = questions.get(mark.item);
        return (
          <li key={mark.item} class="stack">
            <div class="row">
              <strong class="grow">
                {W.question} {at + 1}
              </strong>
              <Badge tone={TONES[mark.outcome] ?? "quiet"}>
                {W.outcomes[mark.outcome] ?? mark.outcome}
              </Badge>
              <span class="number">
                {mark.marks} / {mark.maximum}
              </span>
            </div>
            {question ? (
              <Explained question={question} given={props.given[mark.item]?.response} />
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}

function Explained(props: { question: Question; given: ResponseValue | undefined }): JSX.Element {
  const { question, given } = props;
  const key = keyText(question);
  return (
    <>
      <p class="stem">
        <Rich text={question.stem} />
      </p>
      {question.image ? <Picture src={question.image} alt={W.picture} /> : null}
      <dl class="pairs">
        {given !== undefined ? (
          <div>
            <dt>{W.yours}</dt>
            <dd>
              <Rich text={answerText(question, given)} />
            </dd>
          </div>
        ) : null}
        {key ? (
          <div>
            <dt>{W.right}</dt>
            <dd>
              <Rich text={key} />
            </dd>
          </div>
        ) : null}
        {question.explanation ? (
          <div>
            <dt>{W.why}</dt>
            <dd>
              <Rich text={question.explanation} />
            </dd>
          </div>
        ) : null}
      </dl>
    </>
  );
}
