/** The form to sign in with, shared by the pages; each hands in its own words. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { SignedIn } from "protocol";
import { signIn } from "./access";
import { Banner } from "./badge";
import { Button } from "./button";
import { Field } from "./field";
import { explain } from "./problem";

export interface SignInWords {
  title: string;
  login: string;
  password: string;
  button: string;
}

export const SIGN_IN_WORDS: SignInWords = {
  title: "Sign in",
  login: "Login",
  password: "Password",
  button: "Sign in",
};

export function SignInForm(props: {
  words?: SignInWords;
  /** Called after the session is kept. */
  onSignedIn?: (who: SignedIn) => void;
  /** More ways in, under the form: a code, say. */
  children?: ComponentChildren;
}): JSX.Element {
  const words = props.words ?? SIGN_IN_WORDS;
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFault("");
    try {
      const who = await signIn(login.trim(), password);
      props.onSignedIn?.(who);
    } catch (error) {
      setFault(explain(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="signin card">
      <form class="stack" onSubmit={submit}>
        <h1>{words.title}</h1>
        {fault ? (
          <Banner tone="bad" live="assertive">
            {fault}
          </Banner>
        ) : null}
        <Field
          label={words.login}
          value={login}
          onInput={setLogin}
          name="username"
          autoComplete="username"
          required
          autoFocus
        />
        <Field
          label={words.password}
          type="password"
          value={password}
          onInput={setPassword}
          name="password"
          autoComplete="current-password"
          required
        />
        <Button type="submit" look="main" busy={busy}>
          {words.button}
        </Button>
      </form>
      {props.children}
    </main>
  );
}
