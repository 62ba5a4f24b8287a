/** The form of an exam's terms: a new one, or a draft that changes. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ExamView, PaperSummary } from "protocol";
import { Banner, Button, Dialog, Field, patch, post, Select } from "../kit";
import { useList, useSubmit } from "./data";
import { changes, faults, type Form, formOf, fresh, idFrom, termsOf } from "./terms";
import { WORDS } from "./words";

const W = WORDS.form;

export function ExamForm(props: {
  /** The exam that changes; undefined: a new one. */
  exam?: ExamView;
  paper?: string;
  onClose: () => void;
  onDone: (exam: string) => void;
}): JSX.Element {
  const { exam, onClose, onDone } = props;
  const before = useMemo(
    () => (exam ? formOf(exam) : fresh(Date.now(), props.paper)),
    [exam, props.paper],
  );
  const [form, setForm] = useState<Form>(before);
  const [tried, setTried] = useState(false);
  const [named, setNamed] = useState(exam !== undefined);
  const { busy, fault, run } = useSubmit();
  const wrong = faults(form);
  const set = (field: keyof Form) => (value: string) => {
    if (field === "exam") setNamed(true);
    const id = field === "title" && !named ? { exam: idFrom(value) } : {};
    setForm({ ...form, ...id, [field]: value });
  };
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(wrong).length > 0) return;
    const terms = termsOf(form);
    const done = await run(() =>
      exam
        ? patch(`admin/exams/${encodeURIComponent(exam.exam)}`, changes(exam, terms))
        : post("admin/exams", terms),
    );
    if (!done) return;
    onClose();
    onDone(terms.exam);
  };
  return (
    <Dialog title={exam ? WORDS.exam.change : WORDS.exams.create} open onClose={onClose} wide>
      <form class="stack" onSubmit={save} noValidate>
        {fault ? (
          <Banner tone="bad" live="assertive">
            {fault}
          </Banner>
        ) : null}
        <Fields form={form} set={set} wrong={tried ? wrong : {}} exam={exam} />
        <div class="row end-row">
          <Button onClick={onClose}>{WORDS.cancel}</Button>
          <Button type="submit" look="main" busy={busy}>
            {exam ? W.change : W.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface FieldsProps {
  form: Form;
  set: (field: keyof Form) => (value: string) => void;
  wrong: Partial<Record<keyof Form, string>>;
  exam: ExamView | undefined;
}

function Fields(props: FieldsProps): JSX.Element {
  const { form, set, wrong, exam } = props;
  const frozen = (field: string): boolean => exam?.frozen.includes(field) ?? false;
  const line = (
    field: "opens" | "windowEnd" | "closes",
    name: string,
    label: string,
    hint?: string,
  ): JSX.Element => (
    <Field
      label={label}
      type="datetime-local"
      value={form[field]}
      onInput={set(field)}
      fault={wrong[field]}
      readOnly={frozen(name)}
      hint={frozen(name) ? W.frozen : hint}
    />
  );
  return (
    <>
      <div class="two">
        <Field
          label={W.title}
          value={form.title}
          onInput={set("title")}
          fault={wrong.title}
          autoFocus
        />
        <Field
          label={W.id}
          value={form.exam}
          onInput={set("exam")}
          fault={wrong.exam}
          hint={W.idHint}
          readOnly={exam !== undefined}
        />
      </div>
      {frozen("paper") ? null : <PaperField value={form.paper} set={set("paper")} wrong={wrong} />}
      <div class="two">
        {line("opens", "opens_at", W.opens)}
        <Field
          label={W.minutes}
          type="number"
          min="1"
          step="any"
          value={form.minutes}
          onInput={set("minutes")}
          fault={wrong.minutes}
          readOnly={frozen("duration_ms")}
        />
        {line("windowEnd", "window_end", W.windowEnd, W.windowHint)}
        {line("closes", "closes_at", W.closes, W.closesHint)}
      </div>
      {frozen("grace_ms") ? null : <Fine {...props} />}
    </>
  );
}

function Fine(props: FieldsProps): JSX.Element {
  const { form, set, wrong } = props;
  const late = Object.entries(WORDS.late);
  const takeover = Object.entries(WORDS.takeover);
  return (
    <details>
      <summary>{W.more}</summary>
      <div class="two">
        <Select
          label={W.takeover}
          value={form.takeover}
          onInput={set("takeover")}
          options={[["", W.asSet], ...takeover]}
        />
        <Select
          label={W.late}
          value={form.late}
          onInput={set("late")}
          options={[["", W.asSet], ...late]}
        />
        <Field
          label={W.grace}
          type="number"
          min="0"
          value={form.graceSeconds}
          onInput={set("graceSeconds")}
          fault={wrong.graceSeconds}
          hint={W.graceHint}
        />
      </div>
    </details>
  );
}

function PaperField(props: {
  value: string;
  set: (value: string) => void;
  wrong: Partial<Record<keyof Form, string>>;
}): JSX.Element {
  const papers = useList<PaperSummary>("admin/papers", { limit: 1000 });
  const known = (papers.data ?? []).map((one): [string, string] => [
    one.paper,
    `${one.title} (${one.questions})`,
  ]);
  return (
    <div class="field">
      <Select
        label={W.paper}
        value={props.value}
        onInput={props.set}
        options={[["", W.choosePaper], ...known]}
        {...(papers.data?.length === 0 && { hint: W.noPapers })}
      />
      {props.wrong.paper ? (
        <span class="fault" role="alert">
          {props.wrong.paper}
        </span>
      ) : null}
    </div>
  );
}
