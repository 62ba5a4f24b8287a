/** Which exams and halls an examiner, or a key of one, is for: the fields, and what they say. */
import type { JSX } from "preact";
import { Field } from "../kit";
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
      <Field
        label={W.halls}
        value={value.halls}
        onInput={(halls) => onInput({ ...value, halls })}
        hint={W.hallsHint}
      />
    </>
  );
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
