/** Who is there and which exam: sign in, choose, watch. */
import { useEffect, useState } from "preact/hooks";
import type { JSX } from "preact";
import type { SignedIn } from "protocol";
import { Banner, Button, Dialog, forget, session, SignInForm, signOut, Toasts } from "../kit";
import { ActDialog } from "./actdialog";
import { Choose } from "./choose";
import { fragment } from "./entry";
import { Here } from "./here";
import { Lookout } from "./lookout";
import { Screen } from "./screen";
import { W } from "./words";

export function App(props: { exam: string }): JSX.Element {
  const [exam, setExam] = useState(props.exam);
  /** Stays when the sign-in ends: what is on the screen does too. */
  const [who, setWho] = useState<SignedIn | null>(session.value);
  const choose = (id: string): void => {
    history.replaceState(null, "", `${location.pathname}${location.search}${fragment(id)}`);
    setExam(id);
  };
  const leave = (): void => {
    void signOut().catch(() => undefined);
    setWho(null);
    choose("");
  };
  return (
    <>
      {who === null ? (
        <SignInForm words={W.signIn} onSignedIn={setWho} />
      ) : who.role === "candidate" ? (
        <Wrong onLeave={leave} />
      ) : exam === "" ? (
        <Choose who={who} onChoose={choose} onLeave={leave} />
      ) : (
        <Watching
          key={`${exam} ${who.subject}`}
          exam={exam}
          who={who}
          choose={choose}
          leave={leave}
        />
      )}
      <Toasts />
    </>
  );
}

function Watching(props: {
  exam: string;
  who: SignedIn;
  choose: (exam: string) => void;
  leave: () => void;
}): JSX.Element | null {
  const { exam, who } = props;
  const [lookout, setLookout] = useState<Lookout | null>(null);
  useEffect(() => {
    const opened = new Lookout(exam, who);
    setLookout(opened);
    return () => opened.close();
  }, [exam, who.subject]);
  if (lookout === null) return null;
  return (
    <Here.Provider value={lookout}>
      <Screen onOther={() => props.choose("")} onLeave={props.leave} />
      <ActDialog />
      <SignInAgain lookout={lookout} />
    </Here.Provider>
  );
}

/** Over the page when the sign-in has ended; acts and rows stay. */
function SignInAgain(props: { lookout: Lookout }): JSX.Element {
  const { monitor } = props.lookout;
  const { state, reason } = monitor.connection.value;
  const ended = state === "closed" && ["token_expired", "unauthorized"].includes(reason);
  return (
    <Dialog title={W.signIn.title} open={session.value === null || ended}>
      <p>{W.signInAgain}</p>
      <SignInForm words={{ ...W.signIn, title: "" }} onSignedIn={() => monitor.retryNow()} />
    </Dialog>
  );
}

function Wrong(props: { onLeave: () => void }): JSX.Element {
  return (
    <main class="signin card stack">
      <h1>{W.title}</h1>
      <Banner tone="warn">{W.notForCandidates}</Banner>
      <Button
        onClick={() => {
          forget();
          props.onLeave();
        }}
      >
        {W.signOut}
      </Button>
    </main>
  );
}
