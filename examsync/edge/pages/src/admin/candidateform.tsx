/** One candidate on the roll: added, or changed before the start. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CandidateRow } from "protocol";
import { Field, patch, post } from "../kit";
import { useSubmit } from "./data";
import { FormDialog } from "./formdialog";
import { decimal } from "./terms";
import { WORDS } from "./words";

const W = WORDS.roster;
const MINUTE = 60_000;

export function CandidateForm(props: {
  path: string;
  row?: CandidateRow;
  onClose: () => void;
  onDone: () => void;
}): JSX.Element {
  const { path, row, onClose, onDone } = props;
  const [candidate, setCandidate] = useState(row?.candidate ?? "");
  const [name, setName] = useState(row?.name ?? "");
  const [hall, setHall] = useState(row?.hall ?? "");
  const [group, setGroup] = useState(row?.group ?? "");
  const [factor, setFactor] = useState(String((row?.factor_permille ?? 1_000) / 1_000));
  const [extension, setExtension] = useState(String((row?.extension_ms ?? 0) / MINUTE));
  const submitting = useSubmit();
  const factorOf = decimal(factor);
  const minutes = decimal(extension);
  const factorFault = factorOf >= 0.1 && factorOf <= 10 ? "" : W.factorFault;
  const extensionFault = minutes >= 0 && minutes <= 10_080 ? "" : W.extensionFault;
  const save = async (): Promise<void> => {
    if (factorFault || extensionFault) return;
    const said = {
      name,
      hall,
      group,
      factor_permille: Math.round(factorOf * 1_000),
      extension_ms: Math.round(minutes * MINUTE),
    };
    const done = await submitting.run(() =>
      row
        ? patch(`${path}/${encodeURIComponent(row.candidate)}`, said)
        : post(path, { candidates: [{ candidate: candidate.trim(), ...said }] }),
    );
    if (!done) return;
    onClose();
    onDone();
  };
  return (
    <FormDialog
      title={row ? W.editTitle(row.candidate) : W.addTitle}
      submit={row ? WORDS.save : WORDS.add}
      submitting={submitting}
      onSubmit={save}
      onClose={onClose}
    >
      {row ? null : (
        <Field
          label={W.columns.candidate}
          value={candidate}
          onInput={setCandidate}
          hint={WORDS.faults.id}
          required
          autoFocus
        />
      )}
      <Field label={W.columns.name} value={name} onInput={setName} />
      <div class="two">
        <Field label={W.columns.hall} value={hall} onInput={setHall} />
        <Field label={W.columns.group} value={group} onInput={setGroup} />
        <Field
          label={W.columns.factor}
          value={factor}
          onInput={setFactor}
          hint={W.factorHint}
          fault={factorFault}
        />
        <Field
          label={W.columns.extension}
          value={extension}
          onInput={setExtension}
          hint={W.extensionHint}
          fault={extensionFault}
        />
      </div>
    </FormDialog>
  );
}
