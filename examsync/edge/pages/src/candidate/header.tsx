/** The top of the exam: its title, where the answers lie, the time left, and what else there is. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button, countdown, Menu, toast, explain } from "../kit";
import { SaveLine } from "./connection";
import { nameIn } from "./exams";
import type { Seat } from "./seat";
import type { Open } from "./sitting";
import { toggleFullScreen } from "./signals";
import { count, evaluated } from "./standing";
import { WORDS } from "./words";

const SOON_MS = 5 * 60_000;
const VERY_SOON_MS = 60_000;

export function Header(props: { seat: Seat; onOpen: (open: Open) => void }): JSX.Element {
  const { seat, onOpen } = props;
  const view = seat.view.value;
  const full = useFullScreen();
  const lift = (): void => seat.attempt.raiseHand(!view.hand);
  const total = seat.rows.value.length;
  const answered = evaluated(count(seat.standings.value));
  return (
    <header class="bar">
      <div class="title">
        <h1>{view.title}</h1>
        <span class="quiet small">{nameIn(view.exam)}</span>
      </div>
      <SaveLine seat={seat} />
      <div class="tools">
        <Button
          slim
          class="to-palette"
          onClick={() => onOpen("palette")}
        >
          <span class="wide-only">{WORDS.palette.answered(answered, total)}</span>
          <span class="narrow-only number">
            {answered} / {total}
          </span>
          <span class="only-read-aloud">{WORDS.palette.title}</span>
        </Button>
        <Button slim class="hand" pressed={view.hand} onClick={lift}>
          {view.hand ? WORDS.header.lowerHand : WORDS.header.hand}
        </Button>
        <Menu
          slim
          label={WORDS.header.more}
          entries={[
            { text: WORDS.header.help, onPick: () => onOpen("help") },
            {
              text: full ? WORDS.header.leaveFullScreen : WORDS.header.fullScreen,
              onPick: switchFullScreen,
            },
            {
              text: view.hand ? WORDS.header.lowerHand : WORDS.header.hand,
              onPick: lift,
            },
            { text: WORDS.submit.button, onPick: () => onOpen("submit") },
          ]}
        />
        <Timer seat={seat} />
      </div>
    </header>
  );
}

function switchFullScreen(): void {
  toggleFullScreen().catch((error: unknown) => toast(explain(error), "warn"));
}

/** Counts down on the server's clock. Not read aloud by the second: warnings are said instead. */
function Timer(props: { seat: Seat }): JSX.Element | null {
  const [hidden, setHidden] = useState(false);
  const left = props.seat.left_ms.value;
  if (left === null) return null;
  const paused = props.seat.view.value.state === "paused";
  const urgency = paused ? "" : left <= VERY_SOON_MS ? "now" : left <= SOON_MS ? "soon" : "";
  const shown = !hidden || (urgency === "now" && !paused);
  return (
    <button
      type="button"
      class={`timer ${urgency}`}
      onClick={() => setHidden(!hidden)}
    >
      <span class="small">{paused ? WORDS.exams.states.paused : WORDS.header.timeLeft}</span>
      <span class="number" role="timer">
        {shown ? countdown(left) : WORDS.header.show}
      </span>
      {shown ? <span class="only-read-aloud">{WORDS.header.hide}</span> : null}
    </button>
  );
}

function useFullScreen(): boolean {
  const [full, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const look = (): void => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, []);
  return full;
}
