/** Accounts: who may sign in as what, new passwords, shutting out. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Account, PasswordSet } from "protocol";
import { Badge, type Column, Confirm, Field, Menu, type MenuEntry, Select } from "../kit";
import { patch, post, session } from "../kit";
import { AccountForm } from "./accountform";
import { attempted, useList } from "./data";
import { ListPage } from "./listpage";
import { type Made, Secret } from "./secret";
import { WORDS } from "./words";

const W = WORDS.accounts;
const columns = (entries: (account: Account) => MenuEntry[]): Column<Account>[] => [
  {
    field: "login",
    text: W.columns.login,
    sorts: true,
    look: "break",
    cell: (one) => (
      <>
        {one.login} {one.disabled ? <Badge tone="bad">{W.disabled}</Badge> : null}
      </>
    ),
  },
  { field: "name", text: W.columns.name, sorts: true, cell: (one) => one.name },
  { field: "role", text: W.columns.role, sorts: true, cell: (one) => WORDS.roles[one.role] },
  {
    field: "exams",
    text: W.columns.exams,
    look: "small break",
    cell: (one) => [...one.exams, ...one.halls].join(", "),
  },
  {
    field: "act",
    text: "",
    cell: (one) => <Menu slim label={`${WORDS.more}: ${one.login}`} entries={entries(one)} />,
  },
];

export function Accounts(): JSX.Element {
  const [asked, setAsked] = useState({ q: "", role: "", sort: "login" });
  const list = useList<Account>("admin/accounts", asked);
  const [editing, setEditing] = useState<Account | null>(null);
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
  const entries = (account: Account): MenuEntry[] => {
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
  const filters = (
    <>
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
    </>
  );
  const done = (login: string, password: string | null | undefined): void => {
    list.reload();
    tell(login, password);
  };
  return (
    <ListPage
      title={WORDS.places.accounts}
      list={list}
      columns={columns(entries)}
      idOf={(one) => one.id}
      sort={asked.sort}
      onSort={(sort) => setAsked({ ...asked, sort })}
      filters={filters}
      none={asked.q || asked.role ? WORDS.noMatch : WORDS.none}
      create={W.create}
      form={(close) => <AccountForm onClose={close} onDone={done} />}
    >
      {editing ? (
        <AccountForm account={editing} onClose={() => setEditing(null)} onDone={done} />
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
    </ListPage>
  );
}
