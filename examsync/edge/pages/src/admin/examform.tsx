/** The form of an exam's terms: a new one, or a draft that changes. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ExamView, PaperSummary } from "protocol";
import { Field, patch, post, Select, zone } from "../kit";
import { useList, useSubmit } from "./data";
import { FormDialog } from "./formdialog";
import { changes, faults, following, type Form, formOf, fresh, idFrom, termsOf } from "./terms";
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
  const [typed, setTyped] = useState<ReadonlySet<keyof Form>>(new Set());
  const submitting = useSubmit();
  const wrong = faults(form);
  const set = (field: keyof Form) => (value: string) => {
    const touched = new Set([...typed, field]);
    setTyped(touched);
    const after = { ...form, [field]: value };
    if (exam) return setForm(after); // what stands is changed field by field
    if (field === "title" && !typed.has("exam")) after.exam = idFrom(value);
    setForm(following(after, touched));
  };
  const save = async (): Promise<void> => {
    setTried(true);
    if (Object.keys(wrong).length > 0) return;
    const terms = termsOf(form);
    const done = await submitting.run(() =>
      exam
        ? patch(`admin/exams/${encodeURIComponent(exam.exam)}`, changes(exam, terms))
        : post("admin/exams", terms),
    );
    if (!done) return;
    onClose();
    onDone(terms.exam);
  };
  return (
    <FormDialog
      title={exam ? WORDS.exam.change : WORDS.exams.create}
      submit={exam ? W.change : W.create}
      submitting={submitting}
      onSubmit={save}
      onClose={onClose}
      wide
      ownFaults
    >
      <Fields form={form} set={set} wrong={tried ? wrong : {}} exam={exam} />
    </FormDialog>
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
        {line("opens", "opens_at", W.opens, W.zone(zone()))}
        {line("windowEnd", "window_end", W.windowEnd, W.windowHint)}
        {line("closes", "closes_at", W.closes, W.closesHint)}
        <Field
          label={W.minutes}
          type="number"
          min="1"
          step="any"
          value={form.minutes}
          onInput={set("minutes")}
          fault={wrong.minutes}
          readOnly={frozen("duration_ms")}
          hint={frozen("duration_ms") ? W.frozen : W.minutesHint}
        />
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
        <Field
          label={W.grace}
          type="number"
          min="0"
          value={form.graceSeconds}
          onInput={set("graceSeconds")}
          fault={wrong.graceSeconds}
          hint={W.graceHint}
        />
        <Select
          label={W.late}
          value={form.late}
          onInput={set("late")}
          options={[["", W.asSet], ...late]}
        />
        <Select
          label={W.takeover}
          value={form.takeover}
          onInput={set("takeover")}
          options={[["", W.asSet], ...takeover]}
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
    <Select
      label={W.paper}
      value={props.value}
      onInput={props.set}
      options={[["", W.choosePaper], ...known]}
      hint={papers.data?.length === 0 ? W.noPapers : undefined}
      fault={props.wrong.paper}
    />
  );
}
