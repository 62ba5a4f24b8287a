/** Beside the rows: hands on top, what was done, signals as they come. */
import { useMemo, useState } from "preact/hooks";
import type { JSX } from "preact";
import type { Hand, Signal } from "protocol";
import { Button, clock, explain, toast } from "../kit";
import { ActsList } from "./actslist";
import { clockOff } from "./cells";
import { called, dispatch } from "./dispatch";
import { type Earlier, earlier } from "./earlier";
import { useLookout } from "./here";
import type { Lookout } from "./lookout";
import { HandSign } from "./row";
import { W } from "./words";

/** Signals that are drawn; the rows and timelines have all. */
const SIGNALS_DRAWN = 200;

export function Side(): JSX.Element {
  const lookout = useLookout();
  return (
    <aside class="side" aria-label={W.side.title}>
      <Button
        slim
        look="plain"
        class="side-close"
        label={W.close}
        onClick={() => (lookout.sideOpen.value = false)}
      >
        ✕
      </Button>
      <Hands />
      <ActsList />
      <Signals />
    </aside>
  );
}

function Hands(): JSX.Element {
  const lookout = useLookout();
  void lookout.picture.value;
  const { hands } = lookout.monitor.board.value;
  const raised = [...lookout.seats.values()].filter(({ row }) => row.hand);
  const said = useMemo(() => latest(hands), [hands]);
  const sorted = raised
    .map(({ row }) => ({ row, hand: said.get(row.attempt) }))
    .sort((a, b) => (a.hand?.at ?? 0) - (b.hand?.at ?? 0));
  return (
    <section class="panel hands" aria-label={W.side.hands}>
      <h2>
        {W.side.hands} <span class="count number">{raised.length}</span>
      </h2>
      {raised.length === 0 ? <p class="quiet small">{W.side.noHands}</p> : null}
      <ul class="happenings">
        {sorted.map(({ row, hand }) => (
          <li key={row.attempt} class="happening hand">
            <OpenRow lookout={lookout} attempt={row.attempt} at={hand?.at ?? null} />
            {hand?.text ? <q class="small">{hand.text}</q> : null}
            <Button
              slim
              whyNot={row.can?.["resolve"]}
              label={`${W.resolve}: ${called(lookout, row.attempt)}`}
              onClick={() => void dispatch(lookout, "resolve", [row.attempt], {})}
            >
              <HandSign /> {W.resolve}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The last word on each hand. */
function latest(hands: readonly Hand[]): Map<string, Hand> {
  return new Map(hands.filter(({ raised }) => raised).map((hand) => [hand.attempt, hand]));
}

function Signals(): JSX.Element {
  const lookout = useLookout();
  void lookout.picture.value;
  const { signals } = lookout.monitor.board.value;
  const newest = signals.slice(-SIGNALS_DRAWN).reverse();
  const missing = earlier(lookout);
  return (
    <section class="panel signals" aria-label={W.side.signals}>
      <h2>
        {W.side.signals} <span class="count number">{signals.length}</span>
      </h2>
      {newest.length === 0 && missing.count === 0 ? (
        <p class="quiet small">{W.side.noSignals}</p>
      ) : null}
      <ul class="happenings">
        {newest.map((signal) => (
          <li key={`${signal.attempt} ${signal.id}`} class="happening">
            <OneSignal signal={signal} lookout={lookout} />
          </li>
        ))}
      </ul>
      {missing.count > 0 ? <EarlierButton missing={missing} /> : null}
    </section>
  );
}

function OneSignal(props: { signal: Signal; lookout: Lookout }): JSX.Element {
  const { signal, lookout } = props;
  const off = clockOff(signal.at, signal.client_at);
  return (
    <>
      <OpenRow lookout={lookout} attempt={signal.attempt} at={signal.at} />
      <span class="small">
        <span class="kind">{W.signal[signal.signal] ?? signal.signal}</span>
        {signal.detail ? <span class="quiet"> {signal.detail}</span> : null}
      </span>
      {off ? (
        <span class="quiet small number">{W.side.deviceTime(clock(signal.client_at), off)}</span>
      ) : null}
    </>
  );
}

/** A name that leads to its row. */
function OpenRow(props: { lookout: Lookout; attempt: string; at: number | null }): JSX.Element {
  const { lookout, attempt, at } = props;
  return (
    <span class="whose">
      <button type="button" class="link" onClick={() => lookout.open(attempt)}>
        {called(lookout, attempt)}
      </button>
      {at !== null ? <time class="quiet small number">{clock(at)}</time> : null}
    </span>
  );
}

/** Signals from before this page was opened are in the timelines: they are read on demand. */
function EarlierButton(props: { missing: Earlier }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const read = (): void => {
    setBusy(true);
    props.missing
      .read()
      .catch((error: unknown) => toast(explain(error), "warn"))
      .finally(() => setBusy(false));
  };
  return (
    <Button slim busy={busy} onClick={read}>
      {busy ? W.side.earlierBusy : W.side.earlier(props.missing.count)}
    </Button>
  );
}
