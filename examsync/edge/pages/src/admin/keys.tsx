/** API keys: what programs of others sign in with. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ApiKey, ApiKeyMade, Role } from "protocol";
import {
  ago,
  Banner,
  Button,
  Confirm,
  dateTime,
  Dialog,
  Field,
  post,
  remove,
  Select,
  Table,
} from "../kit";
import { attempted, More, Shown, useList, useSubmit } from "./data";
import { labelsOf, listOf, type Made, Secret } from "./secret";
import { WORDS } from "./words";

const W = WORDS.keys;
const DAY_MS = 24 * 3_600_000;
const COLUMNS = [
  { field: "name", text: W.columns.name },
  { field: "role", text: W.columns.role },
  { field: "exams", text: W.columns.exams },
  { field: "used", text: W.columns.used },
  { field: "expires", text: W.columns.expires },
  { field: "act", text: "" },
];

export function Keys(): JSX.Element {
  const list = useList<ApiKey>("admin/keys");
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const revoke = async (key: ApiKey): Promise<void> => {
    setRevoking(null);
    await attempted(() => remove(`admin/keys/${encodeURIComponent(key.id)}`), WORDS.done);
    list.reload();
  };
  return (
    <>
      <div class="row head">
        <h1 class="grow">{WORDS.places.keys}</h1>
        <Button look="main" onClick={() => setMaking(true)}>
          {W.create}
        </Button>
      </div>
      <Shown of={list} empty={(items) => items.length === 0}>
        {(items) => (
          <Table caption={WORDS.places.keys} columns={COLUMNS}>
            {items.map((one) => (
              <tr key={one.id}>
                <td>{one.name}</td>
                <td>{WORDS.roles[one.role]}</td>
                <td class="small">{one.exams.join(", ") || W.allExams}</td>
                <td class="small">
                  {one.last_used_at ? ago(one.last_used_at, Date.now()) : W.never}
                </td>
                <td class="small">{one.expires_at ? dateTime(one.expires_at) : W.never}</td>
                <td class="end">
                  <Button slim look="danger" onClick={() => setRevoking(one)}>
                    {W.revoke}
                  </Button>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Shown>
      <More of={list} />
      {making ? (
        <KeyForm
          onClose={() => setMaking(false)}
          onDone={(key) => {
            list.reload();
            setMade({ title: W.made, text: W.madeText, secret: key });
          }}
        />
      ) : null}
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
    </>
  );
}

function KeyForm(props: { onClose: () => void; onDone: (key: string) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("examiner");
  const [exams, setExams] = useState("");
  const [halls, setHalls] = useState("");
  const [days, setDays] = useState("");
  const { busy, fault, run } = useSubmit();
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    const scope = { exams: listOf(exams), halls: labelsOf(halls) };
    const ends = Number(days) > 0 ? { expires_at: Date.now() + Number(days) * DAY_MS } : {};
    let key = "";
    const done = await run(async () => {
      const body = { name: name.trim(), role, ...scope, ...ends };
      key = (await post<ApiKeyMade>("admin/keys", body)).key;
    });
    if (!done) return;
    props.onClose();
    props.onDone(key);
  };
  const roles = Object.entries(WORDS.roles).filter(([one]) => one !== "candidate");
  return (
    <Dialog title={W.create} open onClose={props.onClose}>
      <form class="stack" onSubmit={make}>
        {fault ? (
          <Banner tone="bad" live="assertive">
            {fault}
          </Banner>
        ) : null}
        <Field label={W.name} value={name} onInput={setName} required autoFocus />
        <Select
          label={WORDS.accounts.role}
          value={role}
          onInput={(value) => setRole(value as Role)}
          options={roles}
        />
        {role === "examiner" ? (
          <>
            <Field
              label={WORDS.accounts.exams}
              value={exams}
              onInput={setExams}
              hint={WORDS.accounts.examsHint}
            />
            <Field
              label={WORDS.accounts.halls}
              value={halls}
              onInput={setHalls}
              hint={WORDS.accounts.hallsHint}
            />
          </>
        ) : null}
        <Field
          label={W.days}
          type="number"
          min="1"
          value={days}
          onInput={setDays}
          hint={W.daysHint}
        />
        <div class="row end-row">
          <Button onClick={props.onClose}>{WORDS.cancel}</Button>
          <Button type="submit" look="main" busy={busy}>
            {W.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
