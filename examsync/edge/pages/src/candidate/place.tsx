/** Which screen of an exam is shown: waiting, before the start, the exam itself, or its end. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Banner, Button } from "../kit";
import type { AttemptView } from "../client";
import { problemText } from "./connection";
import { Ended } from "./ended";
import { fetchMine, mine } from "./exams";
import { Notices } from "./notices";
import { Ready } from "./ready";
import { Seat } from "./seat";
import { Sitting } from "./sitting";
import { WORDS } from "./words";

const CLOSED = new Set(["submitted", "expired", "terminated", "absent"]);

export function Place(props: { exam: string; onBack: () => void }): JSX.Element {
  const seat = useMemo(() => new Seat(props.exam), [props.exam]);
  useEffect(() => () => seat.close(), [seat]);
  useEffect(() => {
    if (!mine.has(props.exam)) fetchMine().catch(() => undefined); // the seat works without it
  }, [props.exam]);
  const view = seat.view.value;
  return (
    <>
      {screen(view, seat, props.onBack)}
      <Notices seat={seat} />
    </>
  );
}

function screen(view: AttemptView, seat: Seat, onBack: () => void): JSX.Element {
  if (view.writer === "other") {
    return (
      <Wait onBack={onBack}>
        <Banner tone="warn">{WORDS.banners.otherTab}</Banner>
        <Button look="main" onClick={() => seat.attempt.takeBack()}>
          {WORDS.banners.useHere}
        </Button>
      </Wait>
    );
  }
  if (view.takeover_pending && !view.paper) {
    return (
      <Wait onBack={onBack}>
        <Banner tone="info" live="polite">
          {WORDS.banners.takeoverWait}
        </Banner>
      </Wait>
    );
  }
  if (view.known && CLOSED.has(view.state)) return <Ended seat={seat} onBack={onBack} />;
  if (view.known && view.started_at === null) return <Ready seat={seat} onBack={onBack} />;
  if (view.known && view.paper) return <Sitting seat={seat} />;
  return (
    <Wait onBack={onBack}>
      <Connecting view={view} seat={seat} />
    </Wait>
  );
}

function Wait(props: { children: ComponentChildren; onBack: () => void }): JSX.Element {
  return (
    <main class="signin card stack">
      {props.children}
      <Button look="plain" slim onClick={props.onBack}>
        {WORDS.ended.back}
      </Button>
    </main>
  );
}

function Connecting(props: { view: AttemptView; seat: Seat }): JSX.Element {
  const { connection } = props.view;
  if (connection.state === "closed") {
    return (
      <Banner tone="bad" live="assertive">
        {problemText(connection.reason)}
      </Banner>
    );
  }
  return (
    <>
      <p role="status">
        {connection.state === "offline"
          ? WORDS.save.reconnecting(connection.tries)
          : WORDS.save.connecting}
      </p>
      {connection.state === "offline" ? (
        <Button onClick={() => props.seat.attempt.retryNow()}>{WORDS.entering.again}</Button>
      ) : null}
    </>
  );
}
