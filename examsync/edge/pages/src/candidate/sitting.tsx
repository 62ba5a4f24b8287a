/** The exam itself: header, banners, one question, the list of all, and the keys. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Banner, Button, clock, Confirm, duration, toast } from "../kit";
import { Header } from "./header";
import { Help } from "./help";
import { Palette } from "./palette";
import { Question } from "./question";
import { Refused } from "./refused";
import type { Seat } from "./seat";
import { watch } from "./signals";
import { Submit } from "./submit";
import { WORDS } from "./words";

export type Open = "" | "palette" | "submit" | "help" | "refused";

export function Sitting(props: { seat: Seat }): JSX.Element {
  const { seat } = props;
  const [open, setOpen] = useState<Open>("");
  const view = seat.view.value;
  useSignals(seat);
  useKeys(seat);
  useTimeNews(seat);
  const close = (): void => setOpen("");
  return (
    <div class="sitting">
      <Header seat={seat} onOpen={setOpen} />
      <Banners seat={seat} onOpen={setOpen} />
      <div class="desk">
        <main class="pane" id="question" aria-busy={view.submitting}>
          <Question seat={seat} />
        </main>
        <aside class={open === "palette" ? "side open" : "side"} aria-label={WORDS.palette.title}>
          <Palette seat={seat} onClose={close} onPick={close} />
          <Button look="main" class="hand-in" onClick={() => setOpen("submit")}>
            {WORDS.submit.button}
          </Button>
        </aside>
        {open === "palette" ? <div class="veil" onClick={close} /> : null}
      </div>
      <Submit seat={seat} open={open === "submit"} onClose={close} />
      <Help open={open === "help"} onClose={close} />
      <Refused seat={seat} open={open === "refused"} onClose={close} />
      {seat.over.value && view.state === "in_progress" ? (
        <div class="time-up" role="alert">
          <div class="card">
            <h2>{WORDS.header.over}</h2>
            <p>{WORDS.submit.timeUp}</p>
          </div>
        </div>
      ) : null}
    </div>
  );
}

function Banners(props: { seat: Seat; onOpen: (open: Open) => void }): JSX.Element {
  const view = props.seat.view.value;
  return (
    <div class="banners">
      {view.state === "paused" ? (
        <Banner tone="warn" live="assertive">
          {WORDS.banners.paused}
        </Banner>
      ) : null}
      {view.lease_lost ? <Lost seat={props.seat} /> : null}
      {view.takeover_pending ? (
        <Banner tone="info" live="polite">
          {WORDS.banners.takeoverWait}
        </Banner>
      ) : null}
      {view.storage === "memory" ? <Banner tone="warn">{WORDS.save.memoryOnly}</Banner> : null}
      {view.refused.length > 0 ? (
        <Banner tone="bad" live="polite">
          {WORDS.banners.refused(view.refused.length)}{" "}
          <Button slim onClick={() => props.onOpen("refused")}>
            {WORDS.banners.show}
          </Button>
        </Banner>
      ) : null}
    </div>
  );
}

function Lost(props: { seat: Seat }): JSX.Element {
  const [asking, setAsking] = useState(false);
  return (
    <Banner tone="bad" live="assertive">
      {WORDS.banners.lost}{" "}
      <Button slim onClick={() => setAsking(true)}>
        {WORDS.banners.takeBack}
      </Button>
      <Confirm
        open={asking}
        title={WORDS.banners.takeBack}
        text={WORDS.banners.takeBackAsk}
        yes={WORDS.banners.takeBack}
        no={WORDS.submit.no}
        onNo={() => setAsking(false)}
        onYes={() => {
          setAsking(false);
          props.seat.attempt.takeBack();
        }}
      />
    </Banner>
  );
}

/** Signals are reported while the exam is on the screen and running. */
function useSignals(seat: Seat): void {
  const running = seat.view.value.state === "in_progress";
  useEffect(() => {
    if (!running) return undefined;
    return watch((kind, detail) => {
      if (!seat.view.value.lease_lost) seat.attempt.violation(kind, detail);
    });
  }, [seat, running]);
}

function useKeys(seat: Seat): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (!event.altKey || !event.shiftKey) return;
      const then = {
        KeyN: () => seat.go(seat.at.value + 1),
        KeyP: () => seat.go(seat.at.value - 1),
        KeyQ: () => document.getElementById("question-title")?.focus(),
      }[event.code];
      if (then === undefined) return;
      event.preventDefault();
      then();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [seat]);
}

/** More (or less) time is told once, with the new end; going on after a pause is no news of it. */
function useTimeNews(seat: Seat): void {
  const { deadline, state } = seat.view.value;
  const before = useRef({ deadline, state });
  useEffect(() => {
    const was = before.current;
    before.current = { deadline, state };
    if (was.state !== "in_progress" || state !== "in_progress" || deadline === null) return;
    if (was.deadline !== null && deadline !== was.deadline) {
      const more = deadline > was.deadline ? duration(deadline - was.deadline) : "";
      toast(WORDS.banners.timeChanged(more, clock(deadline)), "info");
    }
  }, [deadline, state]);
}
