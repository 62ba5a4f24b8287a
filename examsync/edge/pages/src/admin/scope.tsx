/** Which exams and halls an examiner, or a key of one, is for: the fields, and what they say. */
import type { JSX } from "preact";
import type { ExamSummary } from "protocol";
import { Field, Select } from "../kit";
import { useList } from "./data";
import { WORDS } from "./words";

const W = WORDS.accounts;

/** As typed. */
export interface Scoped {
  exams: string;
  halls: string;
}

export function Scope(props: { value: Scoped; onInput: (value: Scoped) => void }): JSX.Element {
  const { value, onInput } = props;
  return (
    <>
      <Field
        label={W.exams}
        value={value.exams}
        onInput={(exams) => onInput({ ...value, exams })}
        hint={W.examsHint}
      />
      <AddExam onPick={(exam) => onInput({ ...value, exams: added(value.exams, exam) })} />
      <Field
        label={W.halls}
        value={value.halls}
        onInput={(halls) => onInput({ ...value, halls })}
        hint={W.hallsHint}
      />
    </>
  );
}

/** Ids are not known by heart: the exams there are, the newest first. */
function AddExam(props: { onPick: (exam: string) => void }): JSX.Element | null {
  const list = useList<ExamSummary>("admin/exams", { sort: "-opens_at" });
  if (!list.data?.length) return null;
  const known = list.data.map(({ exam, title }): [string, string] => [exam, `${title} (${exam})`]);
  return (
    <Select
      label={W.addExam}
      value=""
      onInput={props.onPick}
      options={[["", W.chooseExam], ...known]}
    />
  );
}

/** A list of ids with one more; one that is there already is not there twice. */
export function added(exams: string, exam: string): string {
  const ids = scopeOf({ exams, halls: "" }).exams;
  return [...ids.filter((id) => id !== exam), exam].filter(Boolean).join(", ");
}

/** The lists in what was typed. Halls have spaces: only commas, semicolons, line ends part them. */
export function scopeOf(typed: Scoped): { exams: string[]; halls: string[] } {
  return { exams: parts(typed.exams, /[\s,;]+/), halls: parts(typed.halls, /[,;\n]+/) };
}

function parts(text: string, between: RegExp): string[] {
  return text
    .split(between)
    .map((one) => one.trim())
    .filter(Boolean);
}
