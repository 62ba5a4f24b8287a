/** The strip on top: the exam, its clock, how current all this is, and the way out. */
import type { JSX } from "preact";
import { clock, countdown, duration, Menu } from "../kit";
import { trustOf } from "./badge";
import { useLookout } from "./here";
import { type Seat, stateOf } from "./roster";
import { W } from "./words";

export function Strip(props: { onOther: () => void; onLeave: () => void }): JSX.Element {
  const lookout = useLookout();
  const { title } = lookout.monitor.board.value;
  return (
    <header class="strip">
      <div class="strip-title">
        <h1 title={title}>{title}</h1>
        <Doubt />
      </div>
      <Clock />
      <Durable />
      <Trust />
      <Menu
        label={lookout.who.name || lookout.who.subject}
        entries={[
          { text: W.exams.other, onPick: props.onOther },
          { text: W.signOut, onPick: props.onLeave },
        ]}
        slim
      >
        <span class="who">{lookout.who.name || lookout.who.subject}</span>
        <span aria-hidden="true">▾</span>
      </Menu>
    </header>
  );
}

/** Where the screen cannot be trusted, that is said in the place of the exam's times. */
function Doubt(): JSX.Element {
  const lookout = useLookout();
  const { monitor } = lookout;
  const told = trustOf(monitor.connection.value, lookout.silent.value, lookout.now.value);
  if (told.trust === "live" || told.trust === "waiting") return <ExamTimes />;
  const at = monitor.connection.value.next_try_at;
  const left = at === null ? null : at - monitor.deviceNow();
  return (
    <p class={`small doubt ${told.tone}`}>
      {told.about} {left !== null && left > 1_500 ? W.badge.tryIn(duration(left)) : ""}
    </p>
  );
}

/** The server's clock, and what is left of the exam. */
function Clock(): JSX.Element {
  const lookout = useLookout();
  const now = lookout.now.value;
  const facts = lookout.facts.value;
  const end = facts?.closes_at ?? facts?.window_end;
  const left = end === undefined ? null : end - now;
  return (
    <div class="clock" role="group" aria-label={W.strip.serverTime}>
      <span class="clock-now number" title={W.strip.serverTime}>
        {clock(now)}
      </span>
      {left !== null ? (
        <span class="clock-left number">
          {left > 0 ? `${countdown(left)} ${W.strip.left}` : W.strip.over}
        </span>
      ) : (
        <span class="clock-left">{W.strip.serverTime}</span>
      )}
    </div>
  );
}

/** When it opens or ends, and when the last of those who work now has to stop. */
function ExamTimes(): JSX.Element {
  const lookout = useLookout();
  void lookout.picture.value;
  const now = lookout.now.value;
  const facts = lookout.facts.value;
  const said = [W.strip.candidates(lookout.seats.size)];
  if (lookout.examStands()) said.push(W.strip.stands);
  if (facts?.opens_at !== undefined && facts.opens_at > now) {
    said.push(W.strip.begins(duration(facts.opens_at - now)));
  }
  const end = facts?.closes_at ?? facts?.window_end;
  if (end !== undefined) said.push(W.strip.ends(clock(end)));
  const last = lastDeadline(lookout.seats.values());
  if (last !== null) said.push(W.strip.lastEnds(clock(last)));
  return <p class="quiet small">{said.join(" · ")}</p>;
}

function lastDeadline(seats: Iterable<Seat>): number | null {
  let last: number | null = null;
  for (const { row } of seats) {
    if (stateOf(row) !== "in_progress" || row.deadline == null) continue;
    if (last === null || row.deadline > last) last = row.deadline;
  }
  return last;
}

/** Below this the database is as current as it ever is: it is written to every 2 s. */
const BEHIND_MS = 5_000;

/** How far the database is behind what has been acked. */
function Durable(): JSX.Element {
  const { monitor } = useLookout();
  const known = monitor.connection.value.state === "live";
  const stats = known ? monitor.board.value.stats : null;
  const lag = stats?.durable_lag_ms ?? 0;
  const tone = lag >= 30_000 ? "bad" : lag >= 10_000 ? "warn" : "";
  const behind = stats !== null && stats.backlog > 0 && lag >= BEHIND_MS;
  const text =
    stats === null
      ? W.strip.durableUnknown
      : behind
        ? W.strip.durableBehind(duration(lag))
        : W.strip.durableNow;
  const about = stats === null ? "" : W.strip.durableAbout(stats.backlog, duration(lag));
  return (
    <div class={`figure ${tone}`} title={about}>
      <span class="figure-name">{W.strip.durable}</span>
      <span class="figure-value">{text}</span>
    </div>
  );
}

const SHAPES = { live: "●", waiting: "◌", stale: "◐", offline: "○", ended: "✕" };

function Trust(): JSX.Element {
  const lookout = useLookout();
  const { monitor } = lookout;
  const told = trustOf(monitor.connection.value, lookout.silent.value, lookout.now.value);
  const wants = told.trust === "offline" || told.trust === "ended";
  return (
    <div class={`trust ${told.tone}`} title={told.about}>
      <span role="status">
        <span aria-hidden="true">{SHAPES[told.trust]}</span> {told.word}
        <span class="only-read-aloud">. {told.about}</span>
      </span>
      {wants ? (
        <button type="button" class="link" onClick={() => monitor.retryNow()}>
          {W.badge.tryNow}
        </button>
      ) : null}
    </div>
  );
}
