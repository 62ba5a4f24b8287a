/** One account: made, or changed. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Account, AccountMade, Role } from "protocol";
import { Banner, Button, Dialog, Field, patch, post, Select } from "../kit";
import { useSubmit } from "./data";
import { labelsOf, listOf } from "./secret";
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
  const [exams, setExams] = useState(account?.exams.join(", ") ?? "");
  const [halls, setHalls] = useState(account?.halls.join(", ") ?? "");
  const [password, setPassword] = useState("");
  const { busy, fault, run } = useSubmit();
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const scoped = role === "examiner";
    const said = {
      name: name.trim(),
      role,
      exams: scoped ? listOf(exams) : [],
      halls: scoped ? labelsOf(halls) : [],
    };
    const given = password ? { password } : {};
    let told: string | null | undefined;
    const done = await run(async () => {
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
    <Dialog title={account ? `${W.edit}: ${account.login}` : W.create} open onClose={onClose}>
      <form class="stack" onSubmit={save} autocomplete="off">
        {fault ? (
          <Banner tone="bad" live="assertive">
            {fault}
          </Banner>
        ) : null}
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
        {role === "examiner" ? (
          <>
            <Field label={W.exams} value={exams} onInput={setExams} hint={W.examsHint} />
            <Field label={W.halls} value={halls} onInput={setHalls} hint={W.hallsHint} />
          </>
        ) : null}
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
        <div class="row end-row">
          <Button onClick={onClose}>{WORDS.cancel}</Button>
          <Button type="submit" look="main" busy={busy}>
            {account ? WORDS.save : W.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
