/** Accounts: who may sign in as what, new passwords, shutting out. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Account, PasswordSet } from "protocol";
import { Badge, Button, Confirm, Field, Menu, patch, post, Select, session, Table } from "../kit";
import { AccountForm } from "./accountform";
import { attempted, More, Shown, useList } from "./data";
import { type Made, Secret } from "./secret";
import { WORDS } from "./words";

const W = WORDS.accounts;
const COLUMNS = [
  { field: "login", text: W.columns.login, sorts: true },
  { field: "name", text: W.columns.name, sorts: true },
  { field: "role", text: W.columns.role, sorts: true },
  { field: "exams", text: W.columns.exams },
  { field: "state", text: W.columns.state },
  { field: "act", text: "" },
];

export function Accounts(): JSX.Element {
  const [asked, setAsked] = useState({ q: "", role: "", sort: "login" });
  const list = useList<Account>("admin/accounts", asked);
  const [editing, setEditing] = useState<Account | "new" | null>(null);
  const [resetting, setResetting] = useState<Account | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const tell = (login: string, password: string | null | undefined): void => {
    if (password) setMade({ title: W.made(login), text: W.madeText, secret: password });
  };
  const reset = async (account: Account): Promise<void> => {
    setResetting(null);
    await attempted(async () => {
      const path = `admin/accounts/${encodeURIComponent(account.id)}/password`;
      tell(account.login, (await post<PasswordSet>(path)).password);
    });
  };
  const shut = async (account: Account): Promise<void> => {
    const path = `admin/accounts/${encodeURIComponent(account.id)}`;
    await attempted(() => patch(path, { disabled: !account.disabled }), WORDS.done);
    list.reload();
  };
  const signOutAll = async (account: Account): Promise<void> => {
    const path = `admin/accounts/${encodeURIComponent(account.id)}/sign-out`;
    await attempted(() => post(path), WORDS.done);
  };
  const entries = (account: Account) => {
    const own = account.id === session.value?.subject ? W.own : "";
    return [
      { text: W.edit, onPick: () => setEditing(account) },
      { text: W.reset, onPick: () => setResetting(account) },
      { text: W.signOut, onPick: () => void signOutAll(account) },
      {
        text: account.disabled ? W.enable : W.disable,
        onPick: () => void shut(account),
        whyNot: own,
      },
    ];
  };
  const roles = Object.entries(WORDS.roles) as [string, string][];
  return (
    <>
      <div class="row head">
        <h1 class="grow">{WORDS.places.accounts}</h1>
        <Button look="main" onClick={() => setEditing("new")}>
          {W.create}
        </Button>
      </div>
      <div class="row filters">
        <Field
          label={WORDS.search}
          type="search"
          value={asked.q}
          onInput={(q) => setAsked({ ...asked, q })}
        />
        <Select
          label={W.role}
          value={asked.role}
          onInput={(role) => setAsked({ ...asked, role })}
          options={[["", WORDS.exams.all], ...roles]}
        />
      </div>
      <Shown of={list} empty={(items) => items.length === 0} none={WORDS.noMatch}>
        {(items) => (
          <Table
            caption={WORDS.places.accounts}
            columns={COLUMNS}
            sort={asked.sort}
            onSort={(sort) => setAsked({ ...asked, sort })}
          >
            {items.map((one) => (
              <tr key={one.id}>
                <td>{one.login}</td>
                <td>{one.name}</td>
                <td>{WORDS.roles[one.role]}</td>
                <td class="small">{one.exams.join(", ")}</td>
                <td>{one.disabled ? <Badge tone="bad">{W.disabled}</Badge> : null}</td>
                <td class="end">
                  <Menu slim label={`${WORDS.more}: ${one.login}`} entries={entries(one)} />
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Shown>
      <More of={list} />
      {editing ? (
        <AccountForm
          {...(editing !== "new" && { account: editing })}
          onClose={() => setEditing(null)}
          onDone={(login, password) => {
            list.reload();
            tell(login, password);
          }}
        />
      ) : null}
      <Confirm
        open={resetting !== null}
        title={W.resetTitle(resetting?.login ?? "")}
        text={W.resetText}
        yes={W.reset}
        no={WORDS.cancel}
        onYes={() => resetting && void reset(resetting)}
        onNo={() => setResetting(null)}
      />
      <Secret made={made} onClose={() => setMade(null)} />
    </>
  );
}
