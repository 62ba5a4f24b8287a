/** Making a paper of a bank's questions. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { BankSummary } from "protocol";
import { Banner, Button, Dialog, Field, post, Select } from "../kit";
import { useList, useSubmit } from "./data";
import { WORDS } from "./words";

const W = WORDS.papers;

export function PaperForm(props: {
  bank?: string;
  onClose: () => void;
  onDone: () => void;
}): JSX.Element {
  const [bank, setBank] = useState(props.bank ?? "");
  const [title, setTitle] = useState("");
  const [limit, setLimit] = useState("");
  const [instructions, setInstructions] = useState("");
  const { busy, fault, run } = useSubmit();
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    const most = Number(limit) > 0 ? { limit: Math.round(Number(limit)) } : {};
    const body = { title: title.trim(), bank, instructions, ...most };
    if (!(await run(() => post("admin/papers", body)))) return;
    props.onClose();
    props.onDone();
  };
  return (
    <Dialog title={W.create} open onClose={props.onClose}>
      <form class="stack" onSubmit={make}>
        {fault ? (
          <Banner tone="bad" live="assertive">
            {fault}
          </Banner>
        ) : null}
        <Field label={W.title} value={title} onInput={setTitle} required autoFocus />
        {props.bank ? (
          <Field label={W.bank} value={bank} onInput={setBank} readOnly />
        ) : (
          <BankField value={bank} onInput={setBank} />
        )}
        <Field
          label={W.limit}
          type="number"
          min="1"
          value={limit}
          onInput={setLimit}
          hint={W.limitHint}
        />
        <Field label={W.instructions} value={instructions} onInput={setInstructions} rows={4} />
        <div class="row end-row">
          <Button onClick={props.onClose}>{WORDS.cancel}</Button>
          <Button
            type="submit"
            look="main"
            busy={busy}
            whyNot={bank && title.trim() ? "" : WORDS.faults.missing}
          >
            {W.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function BankField(props: { value: string; onInput: (bank: string) => void }): JSX.Element {
  const banks = useList<BankSummary>("admin/banks", { limit: 1000 });
  const known = (banks.data ?? []).map((one): [string, string] => [
    one.bank,
    `${one.bank} (${one.questions})`,
  ]);
  return (
    <Select
      label={W.bank}
      value={props.value}
      onInput={props.onInput}
      options={[["", "…"], ...known]}
    />
  );
}
