/** The table of rows: only those in sight are drawn. Arrows walk, Space selects, Enter opens. */
import { computed, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Field } from "./arrange";
import { CARD_PX, narrow, ROW_PX, useLookout } from "./here";
import type { Lookout } from "./lookout";
import { idOfRow, RowView } from "./row";
import { scrollFor, windowOf } from "./windowing";
import { W } from "./words";

const FIELDS = Object.keys(W.column) as Field[];
const HEAD_PX = 38;

/** Where the table is scrolled to, and what of the list that shows. */
class Scroll {
  readonly top = signal(0);
  readonly view = signal(600);
  readonly height = computed(() => (narrow.value ? CARD_PX : ROW_PX));
  readonly window;

  constructor(lookout: Lookout) {
    const at = computed(() => {
      const count = lookout.shown.value.length;
      return JSON.stringify(windowOf(count, this.height.value, this.top.value, this.view.value));
    });
    this.window = computed(() => JSON.parse(at.value) as ReturnType<typeof windowOf>);
  }
}

export function Rows(): JSX.Element {
  const lookout = useLookout();
  const scroll = useMemo(() => new Scroll(lookout), [lookout]);
  const frame = useRef<HTMLDivElement>(null);
  const ids = lookout.shown.value;
  const { first, end, above, below } = scroll.window.value;
  const { holding } = lookout;
  useSize(frame, scroll);
  const cursor = lookout.cursor.value;
  const drawn = ids.slice(first, end);
  return (
    <div
      class="rows"
      ref={frame}
      onScroll={(event) => {
        scroll.top.value = event.currentTarget.scrollTop;
        holding.touch();
      }}
      onPointerMove={() => holding.touch()}
      onPointerLeave={() => holding.leave()}
    >
      <table
        class="grid"
        role="grid"
        tabIndex={0}
        aria-label={`${W.tableName}. ${W.keys}`}
        aria-rowcount={ids.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={
          cursor !== null && drawn.includes(cursor) ? idOfRow(cursor) : undefined
        }
        onKeyDown={(event) => walk(event, lookout, scroll, frame.current)}
        onFocus={() => (lookout.cursor.value ??= ids[0] ?? null)}
        onBlur={() => holding.leave()}
      >
        <Head ids={ids} />
        <tbody role="rowgroup">
          <Gap px={above} />
          {drawn.map((id, at) => (
            <RowView key={id} id={id} at={first + at + 2} />
          ))}
          <Gap px={below} />
        </tbody>
      </table>
      {ids.length === 0 ? <p class="nothing quiet">{nothing(lookout)}</p> : null}
    </div>
  );
}

function Gap(props: { px: number }): JSX.Element {
  return (
    <tr class="gap" aria-hidden="true">
      <td style={{ height: `${props.px}px` }} />
    </tr>
  );
}

function nothing(lookout: Lookout): string {
  void lookout.picture.value;
  const { state, detail } = lookout.monitor.connection.value;
  if (lookout.seats.size > 0) return W.tools.nobody;
  if (state === "closed") return W.exams.refused(detail);
  return lookout.monitor.board.value.snapshots > 0 ? W.tools.empty : W.tools.waiting;
}

function useSize(frame: { current: HTMLDivElement | null }, scroll: Scroll): void {
  useEffect(() => {
    const held = frame.current;
    if (held === null) return undefined;
    const watcher = new ResizeObserver(() => {
      scroll.view.value = held.clientHeight;
    });
    watcher.observe(held);
    return () => watcher.disconnect();
  }, [scroll]);
}

function Head(props: { ids: readonly string[] }): JSX.Element {
  const lookout = useLookout();
  const { sort } = lookout.view.value;
  const selected = lookout.selected.value;
  const all = props.ids.length > 0 && props.ids.every((id) => selected.has(id));
  return (
    <thead role="rowgroup">
      <tr role="row" aria-rowindex={1}>
        <th role="columnheader" scope="col" class="c-pick">
          <input
            type="checkbox"
            aria-label={W.selectAll}
            checked={all}
            onChange={() => lookout.select(all ? [] : props.ids)}
          />
        </th>
        {FIELDS.map((field) => (
          <Sorter key={field} field={field} sort={sort} />
        ))}
      </tr>
    </thead>
  );
}

function Sorter(props: { field: Field; sort: string }): JSX.Element {
  const lookout = useLookout();
  const { field, sort } = props;
  const up = sort === field;
  const down = sort === `-${field}`;
  return (
    <th
      role="columnheader"
      scope="col"
      class={`c-${field}`}
      aria-sort={up ? "ascending" : down ? "descending" : undefined}
    >
      <button
        type="button"
        class="sorter"
        title={W.columnAbout[field]}
        onClick={() => lookout.look({ sort: up ? `-${field}` : field })}
      >
        {W.column[field]}
        <span class="arrow" aria-hidden="true">
          {up ? "▲" : down ? "▼" : ""}
        </span>
      </button>
    </th>
  );
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

/** The keys of the table; those pressed on its buttons are theirs. */
function walk(
  event: KeyboardEvent,
  lookout: Lookout,
  scroll: Scroll,
  frame: HTMLDivElement | null,
): void {
  if (event.target !== event.currentTarget) return;
  const ids = lookout.shown.value;
  const cursor = lookout.cursor.value;
  const at = cursor === null ? -1 : ids.indexOf(cursor);
  const to = place(event.key, at, ids.length);
  if (to === null && !["Enter", " "].includes(event.key)) return;
  event.preventDefault();
  lookout.holding.touch();
  if (to === null) {
    if (cursor === null) return;
    if (event.key === " ") lookout.toggle(cursor);
    else lookout.opened.value = cursor;
    return;
  }
  lookout.cursor.value = ids[to] ?? null;
  if (lookout.opened.value !== null) lookout.opened.value = lookout.cursor.value;
  show(to, scroll, frame);
}

function place(key: string, at: number, count: number): number | null {
  if (count === 0) return null;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  return step === undefined ? null : Math.min(count - 1, Math.max(0, at + step));
}

function show(at: number, scroll: Scroll, frame: HTMLDivElement | null): void {
  if (frame === null) return;
  const head = narrow.value ? 0 : HEAD_PX;
  const to = scrollFor(at, scroll.height.value, frame.scrollTop, frame.clientHeight, head);
  if (to !== null) frame.scrollTop = to;
}
