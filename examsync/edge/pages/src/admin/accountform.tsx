/** One account: made, or changed. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Account, AccountMade, Role } from "protocol";
import { Field, patch, post, Select } from "../kit";
import { useSubmit } from "./data";
import { FormDialog } from "./formdialog";
import { Scope, scopeOf } from "./scope";
import { WORDS } from "./words";

const W = WORDS.accounts;

export function AccountForm(props: {
  account?: Account;
  onClose: () => void;
  /** `password`: one that the server made up. */
  onDone: (login: string, password: string | null | undefined) => void;
}): JSX.Element {
  const { account, onClose, onDone } = props;
  const [login, setLogin] = useState(account?.login ?? "");
  const [name, setName] = useState(account?.name ?? "");
  const [role, setRole] = useState<Role>(account?.role ?? "examiner");
  const [scope, setScope] = useState({
    exams: account?.exams.join(", ") ?? "",
    halls: account?.halls.join(", ") ?? "",
  });
  const [password, setPassword] = useState("");
  const submitting = useSubmit();
  const save = async (): Promise<void> => {
    const scoped = role === "examiner" ? scopeOf(scope) : { exams: [], halls: [] };
    const said = { name: name.trim(), role, ...scoped };
    const given = password ? { password } : {};
    let told: string | null | undefined;
    const done = await submitting.run(async () => {
      if (account) {
        await patch(`admin/accounts/${encodeURIComponent(account.id)}`, said);
        return;
      }
      const body = { login: login.trim(), ...said, ...given };
      told = (await post<AccountMade>("admin/accounts", body)).password;
    });
    if (!done) return;
    onClose();
    onDone(login.trim(), told);
  };
  return (
    <FormDialog
      title={account ? `${W.edit}: ${account.login}` : W.create}
      submit={account ? WORDS.save : W.create}
      submitting={submitting}
      onSubmit={save}
      onClose={onClose}
    >
      {account ? null : (
        <Field label={W.login} value={login} onInput={setLogin} required autoComplete="off" />
      )}
      <Field label={W.name} value={name} onInput={setName} />
      <Select
        label={W.role}
        value={role}
        onInput={(value) => setRole(value as Role)}
        options={Object.entries(WORDS.roles)}
      />
      {role === "examiner" ? <Scope value={scope} onInput={setScope} /> : null}
      {account ? null : (
        <Field
          label={W.password}
          type="password"
          value={password}
          onInput={setPassword}
          hint={W.passwordHint}
          autoComplete="new-password"
        />
      )}
    </FormDialog>
  );
}
