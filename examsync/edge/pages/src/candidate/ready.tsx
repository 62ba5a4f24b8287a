/** Before the start: what will happen, when it opens, and the button that starts the clock. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { MyExam } from "protocol";
import { Banner, Button, Check, countdown, dateTime, duration, Rich } from "../kit";
import type { AttemptView } from "../client";
import { SaveLine } from "./connection";
import { fetchMine, mine, nameIn } from "./exams";
import { type Seat, timeOf } from "./seat";
import { WORDS } from "./words";

const W = WORDS.ready;

export function Ready(props: { seat: Seat; onBack: () => void }): JSX.Element {
  const { seat } = props;
  const view = seat.view.value;
  const [understood, setUnderstood] = useState(false);
  const [starting, setStarting] = useState(false);
  const about = useAbout(view.exam);
  const wait = view.opens_at - seat.now.value;
  const start = (): void => {
    setStarting(true);
    seat.attempt.start();
  };
  return (
    <main class="door stack">
      <header class="row">
        <h1 class="grow">{view.title}</h1>
        <SaveLine seat={seat} />
      </header>
      <section class="card stack">
        <h2>{W.title}</h2>
        <p>
          <strong>{W.who(nameIn(view.exam))}</strong> {W.notYou}
        </p>
        {about ? <OwnTime about={about} view={view} now={seat.now.value} /> : null}
        <ul class="rules">
          {W.rules.map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ul>
        {about?.instructions ? (
          <section class="instructions" aria-label={W.instructions}>
            <Rich text={about.instructions} />
          </section>
        ) : null}
        {view.storage === "memory" ? <Banner tone="warn">{WORDS.save.memoryOnly}</Banner> : null}
        {view.paused_since ? <Banner tone="warn">{WORDS.banners.paused}</Banner> : null}
        <Check label={W.understood} checked={understood} onInput={setUnderstood} />
        {wait > 0 ? (
          <p class="row">
            <span>{W.opens(dateTime(view.opens_at))}</span>
            <span>
              {W.opensIn} <strong class="number">{countdown(wait)}</strong>
            </span>
          </p>
        ) : null}
        <div class="row">
          <Button
            look="main"
            busy={starting}
            whyNot={wait > 0 ? W.opens(dateTime(view.opens_at)) : understood ? "" : W.first}
            onClick={start}
          >
            {starting ? W.starting : W.start}
          </Button>
          <Button look="plain" onClick={props.onBack}>
            {WORDS.ended.back}
          </Button>
        </div>
      </section>
    </main>
  );
}

/** How long somebody who starts now, or as soon as it opens, has. Told anew as time goes by. */
function OwnTime(props: { about: MyExam; view: AttemptView; now: number }): JSX.Element {
  const { about, view, now } = props;
  const { length, end } = timeOf(about, view);
  const left = end - Math.max(now, about.opens_at);
  if (left <= 0) return <Banner tone="bad">{W.gone(dateTime(end))}</Banner>;
  if (left >= length) return <p>{W.time(duration(length))}</p>;
  return <Banner tone="warn">{W.less(duration(left), dateTime(end))}</Banner>;
}

/** What the list of exams said of this one; asked for if it was never shown. */
function useAbout(exam: string): MyExam | undefined {
  const [about, setAbout] = useState(mine.get(exam));
  useEffect(() => {
    if (about === undefined && exam) {
      fetchMine()
        .then(() => setAbout(mine.get(exam)))
        .catch(() => undefined); // the rules stand without it
    }
  }, [exam]);
  return about;
}
