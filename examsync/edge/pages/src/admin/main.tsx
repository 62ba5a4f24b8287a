/** The entry of the admin page: signing in, the places, and what is open. */
import { type JSX, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SignedIn } from "protocol";
import { Banner, Button, call, explain, keep, session, SignInForm, signOut, Toasts } from "../kit";
import "./page.css";
import { Accounts } from "./accounts";
import { Banks } from "./banks";
import { Exam } from "./exam";
import { Exams } from "./exams";
import { Keys } from "./keys";
import { Papers } from "./papers";
import { PLACES, type PlaceName, route, write } from "./route";
import { Webhooks } from "./webhooks";
import { WORDS } from "./words";

const TOKEN = takeToken();

/** A token in the link (`#token=`), once; it leaves the address bar. */
function takeToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (token) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

function Page(): JSX.Element {
  const [opening, setOpening] = useState(TOKEN !== "");
  const [fault, setFault] = useState("");
  useEffect(() => {
    if (!opening) return;
    call<Omit<SignedIn, "token">>("GET", "me", { token: TOKEN })
      .then((who) => keep({ ...who, token: TOKEN }))
      .catch((error: unknown) => setFault(explain(error)))
      .finally(() => setOpening(false));
  }, []);
  const who = session.value;
  return (
    <>
      <Toasts />
      {opening ? <p role="status">{WORDS.loading}</p> : null}
      {fault ? <Banner tone="bad">{fault}</Banner> : null}
      {who === null ? opening ? null : <SignInForm words={WORDS.signIn} /> : <Inside who={who} />}
    </>
  );
}

function Inside(props: { who: SignedIn }): JSX.Element {
  const { who } = props;
  if (who.role !== "admin") {
    return (
      <main class="signin card stack">
        <Banner tone="info">{WORDS.notAdmin(who.role)}</Banner>
        <a class="button" href="./monitor">
          {WORDS.monitor}
        </a>
        <Leave />
      </main>
    );
  }
  return (
    <>
      <header class="top">
        <a class="brand" href={write("exams")}>
          {WORDS.brand}
        </a>
        <nav aria-label={WORDS.title}>
          {PLACES.map((place) => (
            <a
              key={place}
              href={write(place)}
              aria-current={route.value.place === place ? "page" : undefined}
            >
              {WORDS.places[place]}
            </a>
          ))}
          <a href="./monitor">{WORDS.monitor}</a>
        </nav>
        <span class="quiet small who">{who.name || who.subject}</span>
        <Leave />
      </header>
      <main class="inside stack">
        <Here place={route.value.place} id={route.value.id} />
      </main>
    </>
  );
}

function Leave(): JSX.Element {
  return (
    <Button slim look="plain" onClick={() => void signOut().catch(() => undefined)}>
      {WORDS.signOut}
    </Button>
  );
}

function Here(props: { place: PlaceName; id: string }): JSX.Element {
  switch (props.place) {
    case "exams":
      return props.id ? <Exam key={props.id} id={props.id} /> : <Exams />;
    case "banks":
      return <Banks id={props.id} />;
    case "papers":
      return <Papers id={props.id} />;
    case "accounts":
      return <Accounts />;
    case "keys":
      return <Keys />;
    case "webhooks":
      return <Webhooks />;
  }
}

render(<Page />, document.getElementById("app") as HTMLElement);
