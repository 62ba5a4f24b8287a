/** The ways in: a personal link, an access code from a slip, an account, or a token in the link. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SignedIn } from "protocol";
import {
  Banner,
  Button,
  call,
  explain,
  Field,
  keep,
  session,
  SignInForm,
  signInWithCode,
  signOut,
} from "../kit";
import { WORDS } from "./words";

/** What the link says after #, once: it leaves the address bar, so it is in no screenshot. */
function takeFragment(): URLSearchParams {
  const said = new URLSearchParams(location.hash.slice(1));
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return said;
}

const LINK = takeFragment();

export function Enter(): JSX.Element {
  const [byAccount, setByAccount] = useState(false);
  const [opening, setOpening] = useState(LINK.has("code") || LINK.has("token"));
  const [fault, setFault] = useState("");
  useEffect(() => {
    if (!opening) return;
    openLink()
      .catch((error: unknown) => setFault(explain(error)))
      .finally(() => setOpening(false));
  }, []);
  const who = session.value;
  if (who !== null) return <NotHere role={who.role} />;
  if (opening) {
    return (
      <main class="signin card" aria-busy="true">
        <p role="status">{WORDS.entering.opening}</p>
      </main>
    );
  }
  const other = (
    <p class="other-way">
      <Button look="plain" slim onClick={() => setByAccount(!byAccount)}>
        {byAccount ? WORDS.entering.byCode : WORDS.entering.account}
      </Button>
    </p>
  );
  if (byAccount) return <SignInForm words={WORDS.entering.signIn}>{other}</SignInForm>;
  return (
    <main class="signin card">
      <CodeForm fault={fault} code={LINK.get("code") ?? ""} />
      {other}
    </main>
  );
}

async function openLink(): Promise<void> {
  const [code, token] = [LINK.get("code"), LINK.get("token")];
  LINK.delete("token");
  if (token) {
    const who = await call<Omit<SignedIn, "token">>("GET", "me", { token });
    keep({ ...who, token });
  } else if (code) {
    await signInWithCode(code);
    LINK.delete("code");
  }
}

function CodeForm(props: { fault: string; code: string }): JSX.Element {
  const [code, setCode] = useState(props.code);
  const [fault, setFault] = useState(props.fault);
  const [busy, setBusy] = useState(false);
  const enter = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFault("");
    try {
      await signInWithCode(code.trim());
    } catch (error) {
      setFault(explain(error));
      setBusy(false);
    }
  };
  return (
    <form class="stack" onSubmit={enter}>
      <p class="brand">{WORDS.brand}</p>
      <h1>{WORDS.entering.title}</h1>
      {fault ? (
        <Banner tone="bad" live="assertive">
          {fault}
        </Banner>
      ) : null}
      <Field
        label={WORDS.entering.code}
        hint={WORDS.entering.codeHint}
        value={code}
        onInput={setCode}
        name="code"
        autoComplete="one-time-code"
        required
        autoFocus
      />
      <Button type="submit" look="main" busy={busy}>
        {WORDS.entering.enter}
      </Button>
    </form>
  );
}

function NotHere(props: { role: string }): JSX.Element {
  return (
    <main class="signin card stack">
      <h1>{WORDS.entering.title}</h1>
      <Banner tone="info">{WORDS.entering.notCandidate(props.role)}</Banner>
      <Button onClick={() => void signOut().catch(() => undefined)}>
        {WORDS.entering.signOut}
      </Button>
    </main>
  );
}
