/** All questions at a glance: number, shape and colour tell how each stands; a click goes there. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../kit";
import type { Seat } from "./seat";
import { count, evaluated, type Filter, shows, type Standing, STANDINGS } from "./standing";
import { WORDS } from "./words";

const W = WORDS.palette;
const FILTERS: readonly Filter[] = ["all", "unanswered", "marked"];

export function Palette(props: {
  seat: Seat;
  onPick: () => void;
  onClose: () => void;
}): JSX.Element {
  const { seat } = props;
  const [filter, setFilter] = useState<Filter>("all");
  const standings = seat.standings.value;
  const rows = seat.rows.value;
  const counts = count(standings);
  const shown = rows.filter((_, at) => shows(filter, standings[at] ?? "unseen"));
  const sections = [...new Map(shown.map((row) => [row.section.id, row.section])).values()];
  return (
    <nav class="palette" aria-label={W.title}>
      <div class="row">
        <h2 class="grow">{W.title}</h2>
        <Button slim class="close-palette" label={W.close} onClick={props.onClose}>
          ✕
        </Button>
      </div>
      <p class="quiet small">{W.answered(evaluated(counts), rows.length)}</p>
      <div class="row filters" role="group">
        {FILTERS.map((one) => (
          <Button key={one} slim pressed={filter === one} onClick={() => setFilter(one)}>
            {W.filters[one]}{" "}
            <span class="number">{standings.filter((each) => shows(one, each)).length}</span>
          </Button>
        ))}
      </div>
      {shown.length === 0 ? <p class="quiet">{W.none}</p> : null}
      {sections.map((section) => (
        <section key={section.id}>
          <h3 class="small">{section.title}</h3>
          <ol class="tiles">
            {shown
              .filter((row) => row.section.id === section.id)
              .map((row) => (
                <li key={row.item.id}>
                  <Tile
                    number={row.number}
                    standing={standings[row.number - 1] ?? "unseen"}
                    current={seat.at.value === row.number - 1}
                    onClick={() => {
                      seat.go(row.number - 1);
                      props.onPick();
                    }}
                  />
                </li>
              ))}
          </ol>
        </section>
      ))}
      <Legend counts={counts} />
    </nav>
  );
}

function Tile(props: {
  number: number;
  standing: Standing;
  current: boolean;
  onClick: () => void;
}): JSX.Element {
  const { number, standing, current } = props;
  return (
    <button
      type="button"
      class={`tile ${standing}`}
      aria-current={current ? "true" : undefined}
      aria-label={W.label(number, W.standing[standing])}
      onClick={props.onClick}
    >
      <span aria-hidden="true">{number}</span>
    </button>
  );
}

function Legend(props: { counts: Record<Standing, number> }): JSX.Element {
  return (
    <details class="legend">
      <summary class="small">{W.legend}</summary>
      <ul>
        {STANDINGS.map((one) => (
          <li key={one} class="row small">
            <span class={`tile ${one}`} aria-hidden="true">
              <span>{props.counts[one]}</span>
            </span>
            <span class="grow">
              <span class="only-read-aloud">{props.counts[one]} </span>
              {W.standing[one]}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
