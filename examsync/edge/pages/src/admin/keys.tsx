/** API keys: what programs of others sign in with. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ApiKey, ApiKeyMade, Role } from "protocol";
import { ago, Button, type Column, Confirm, dateTime, Field, post, remove, Select } from "../kit";
import { attempted, useList, useSubmit } from "./data";
import { FormDialog } from "./formdialog";
import { ListPage } from "./listpage";
import { Scope, scopeOf } from "./scope";
import { type Made, Secret } from "./secret";
import { WORDS } from "./words";

const W = WORDS.keys;
const DAY_MS = 24 * 3_600_000;

const columns = (onRevoke: (key: ApiKey) => void): Column<ApiKey>[] => [
  { field: "name", text: W.columns.name, cell: (one) => one.name },
  { field: "role", text: W.columns.role, cell: (one) => WORDS.roles[one.role] },
  {
    field: "exams",
    text: W.columns.exams,
    look: "small",
    cell: (one) => one.exams.join(", ") || W.allExams,
  },
  {
    field: "used",
    text: W.columns.used,
    look: "small",
    cell: (one) => (one.last_used_at ? ago(one.last_used_at, Date.now()) : W.never),
  },
  {
    field: "expires",
    text: W.columns.expires,
    look: "small",
    cell: (one) => (one.expires_at ? dateTime(one.expires_at) : W.never),
  },
  {
    field: "act",
    text: "",
    cell: (one) => (
      <Button slim look="danger" onClick={() => onRevoke(one)}>
        {W.revoke}
      </Button>
    ),
  },
];

export function Keys(): JSX.Element {
  const list = useList<ApiKey>("admin/keys");
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const revoke = async (key: ApiKey): Promise<void> => {
    setRevoking(null);
    await attempted(() => remove(`admin/keys/${encodeURIComponent(key.id)}`), WORDS.done);
    list.reload();
  };
  const told = (key: string): void => {
    list.reload();
    setMade({ title: W.made, text: W.madeText, secret: key });
  };
  return (
    <ListPage
      title={WORDS.places.keys}
      list={list}
      columns={columns(setRevoking)}
      idOf={(one) => one.id}
      create={W.create}
      form={(close) => <KeyForm onClose={close} onDone={told} />}
    >
      <Confirm
        open={revoking !== null}
        title={W.revokeTitle(revoking?.name ?? "")}
        text={W.revokeText}
        yes={W.revoke}
        no={WORDS.cancel}
        danger
        onYes={() => revoking && void revoke(revoking)}
        onNo={() => setRevoking(null)}
      />
      <Secret made={made} onClose={() => setMade(null)} />
    </ListPage>
  );
}

function KeyForm(props: { onClose: () => void; onDone: (key: string) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("examiner");
  const [scope, setScope] = useState({ exams: "", halls: "" });
  const [days, setDays] = useState("");
  const submitting = useSubmit();
  const make = async (): Promise<void> => {
    const scoped = role === "examiner" ? scopeOf(scope) : {};
    const ends = Number(days) > 0 ? { expires_at: Date.now() + Number(days) * DAY_MS } : {};
    let key = "";
    const done = await submitting.run(async () => {
      const body = { name: name.trim(), role, ...scoped, ...ends };
      key = (await post<ApiKeyMade>("admin/keys", body)).key;
    });
    if (!done) return;
    props.onClose();
    props.onDone(key);
  };
  return (
    <FormDialog
      title={W.create}
      submit={W.create}
      submitting={submitting}
      onSubmit={make}
      onClose={props.onClose}
    >
      <Field label={W.name} value={name} onInput={setName} required autoFocus />
      <Select
        label={WORDS.accounts.role}
        value={role}
        onInput={(value) => setRole(value as Role)}
        options={Object.entries(WORDS.roles).filter(([one]) => one !== "candidate")}
      />
      {role === "examiner" ? <Scope value={scope} onInput={setScope} /> : null}
      <Field
        label={W.days}
        type="number"
        min="1"
        value={days}
        onInput={setDays}
        hint={W.daysHint}
      />
    </FormDialog>
  );
}
