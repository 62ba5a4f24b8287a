/** Making a paper of a bank's questions. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { BankSummary } from "protocol";
import { Field, post, Select } from "../kit";
import { useList, useSubmit } from "./data";
import { FormDialog } from "./formdialog";
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
  const submitting = useSubmit();
  const make = async (): Promise<void> => {
    const most = Number(limit) > 0 ? { limit: Math.round(Number(limit)) } : {};
    const body = { title: title.trim(), bank, instructions, ...most };
    if (!(await submitting.run(() => post("admin/papers", body)))) return;
    props.onClose();
    props.onDone();
  };
  return (
    <FormDialog
      title={W.create}
      submit={W.create}
      submitting={submitting}
      onSubmit={make}
      onClose={props.onClose}
    >
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
      <Field
        label={W.instructions}
        value={instructions}
        onInput={setInstructions}
        hint={W.instructionsHint}
        rows={4}
      />
    </FormDialog>
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
      options={[["", W.chooseBank], ...known]}
      hint={banks.data?.length === 0 ? W.noBanks : undefined}
      required
    />
  );
}
