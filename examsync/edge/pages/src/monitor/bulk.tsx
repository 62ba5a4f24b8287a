/** The bar under the rows while some are selected: what can be done to all of them. */
import type { JSX } from "preact";
import { Button } from "../kit";
import { type Kind, ON_ROWS, split, whyNone } from "./acts";
import { A } from "./actwords";
import { ask } from "./dispatch";
import { useLookout } from "./here";
import type { Seat } from "./roster";

export function BulkBar(): JSX.Element | null {
  const lookout = useLookout();
  void lookout.picture.value;
  const chosen = lookout.chosen();
  if (chosen.length === 0) return null;
  const shown = new Set(lookout.shown.value);
  const hidden = chosen.filter(({ row }) => !shown.has(row.attempt)).length;
  return (
    <div class="bulk" role="toolbar" aria-label={A.bar(chosen.length)}>
      <strong class="number">{A.bar(chosen.length)}</strong>
      {hidden > 0 ? <span class="warn-text number">{A.barHidden(hidden)}</span> : null}
      <Button slim look="plain" onClick={() => lookout.select([])}>
        {A.clearSelection}
      </Button>
      <ActButtons seats={chosen} />
    </div>
  );
}

/** A button per act; one that fits none of these rows says why. */
export function ActButtons(props: { seats: readonly Seat[] }): JSX.Element {
  const { seats } = props;
  return (
    <div class="acts">
      {ON_ROWS.filter(
        (kind) => seats.length === 1 || !RARE.includes(kind) || fits(kind, seats),
      ).map((kind) => (
        <Button
          key={kind}
          slim
          class={HARD.includes(kind) ? "hard" : ""}
          whyNot={whyNone(kind, seats)}
          label={labelOf(kind, seats)}
          onClick={() => ask(kind, seats)}
        >
          {A.name[kind]}
          {seats.length > 1 ? (
            <span class="fits number">{split(kind, seats).can.length.toLocaleString()}</span>
          ) : null}
        </Button>
      ))}
    </div>
  );
}

/** Why some acts are not possible now: a tooltip is nothing to a finger. */
export function WhyNots(props: { seat: Seat }): JSX.Element | null {
  const none = ON_ROWS.flatMap((kind) => {
    const why = whyNone(kind, [props.seat]);
    return why ? [{ kind, why }] : [];
  });
  if (none.length === 0) return null;
  return (
    <details class="why-nots small">
      <summary class="quiet">{A.whyNots(none.length)}</summary>
      <ul>
        {none.map(({ kind, why }) => (
          <li key={kind}>
            {A.name[kind]}: {why}
          </li>
        ))}
      </ul>
    </details>
  );
}

const RARE: readonly Kind[] = ["resolve", "approve_takeover", "reopen"];
const HARD: readonly Kind[] = ["terminate"];

function fits(kind: Kind, seats: readonly Seat[]): boolean {
  return split(kind, seats).can.length > 0;
}

function labelOf(kind: Kind, seats: readonly Seat[]): string {
  const { can } = split(kind, seats);
  return seats.length > 1 ? `${A.name[kind]}: ${A.people(can.length)}` : A.name[kind];
}
