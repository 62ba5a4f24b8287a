/** Copying an exam, to rehearse it or to hold it again. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExamView } from "protocol";
import { Check, Field, fromInput, post, toInput } from "../kit";
import { useSubmit } from "./data";
import { FormDialog } from "./formdialog";
import { ID } from "./terms";
import { WORDS } from "./words";

const W = WORDS.exam;

export function CopyForm(props: {
  exam: ExamView;
  onClose: () => void;
  onDone: (exam: string) => void;
}): JSX.Element {
  const { exam, onClose, onDone } = props;
  const [id, setId] = useState(`${exam.exam}-rehearsal`.slice(0, 64));
  const [title, setTitle] = useState(exam.title);
  const [opens, setOpens] = useState(toInput(Date.now()));
  const [roll, setRoll] = useState(false);
  const submitting = useSubmit();
  const copy = async (): Promise<void> => {
    const body = { exam: id, title, opens_at: fromInput(opens) ?? Date.now(), candidates: roll };
    const path = `admin/exams/${encodeURIComponent(exam.exam)}/copy`;
    const done = await submitting.run(() => post(path, body));
    if (!done) return;
    onClose();
    onDone(id);
  };
  return (
    <FormDialog
      title={W.copyTitle}
      submit={W.copyIt}
      submitting={submitting}
      onSubmit={copy}
      onClose={onClose}
    >
      <p class="quiet">{W.copyText}</p>
      <Field label={WORDS.form.title} value={title} onInput={setTitle} required />
      <Field
        label={WORDS.form.id}
        value={id}
        onInput={setId}
        hint={WORDS.form.idHint}
        fault={ID.test(id) ? "" : WORDS.faults.id}
        required
      />
      <Field
        label={WORDS.form.opens}
        type="datetime-local"
        value={opens}
        onInput={setOpens}
        required
      />
      <Check label={W.copyRoll} checked={roll} onInput={setRoll} />
    </FormDialog>
  );
}
