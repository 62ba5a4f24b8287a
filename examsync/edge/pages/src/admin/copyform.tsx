/** Copying an exam, to rehearse it or to hold it again. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExamView } from "protocol";
import { Banner, Button, Check, Dialog, Field, fromInput, post, toInput } from "../kit";
import { useSubmit } from "./data";
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
  const { busy, fault, run } = useSubmit();
  const copy = async (event: Event): Promise<void> => {
    event.preventDefault();
    const body = { exam: id, title, opens_at: fromInput(opens) ?? Date.now(), candidates: roll };
    const done = await run(() => post(`admin/exams/${encodeURIComponent(exam.exam)}/copy`, body));
    if (!done) return;
    onClose();
    onDone(id);
  };
  return (
    <Dialog title={W.copyTitle} open onClose={onClose}>
      <form class="stack" onSubmit={copy}>
        <p class="quiet">{W.copyText}</p>
        {fault ? (
          <Banner tone="bad" live="assertive">
            {fault}
          </Banner>
        ) : null}
        <Field label={WORDS.form.title} value={title} onInput={setTitle} required />
        <Field label={WORDS.form.id} value={id} onInput={setId} hint={WORDS.form.idHint} required />
        <Field
          label={WORDS.form.opens}
          type="datetime-local"
          value={opens}
          onInput={setOpens}
          required
        />
        <Check label={W.copyRoll} checked={roll} onInput={setRoll} />
        <div class="row end-row">
          <Button onClick={onClose}>{WORDS.cancel}</Button>
          <Button type="submit" look="main" busy={busy}>
            {W.copy}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
