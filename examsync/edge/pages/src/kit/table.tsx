/** A table of things: heads that sort; where it is narrow, each thing is a card of its own. */
import type { ComponentChildren, JSX } from "preact";
import { Select } from "./field";

/** `sort` is a field, with "-" before it for the other direction: as the API's `?sort=`. */
export interface Column<T> {
  field: string;
  /** The head; "" over the buttons at the end of a row. */
  text: string;
  cell: (one: T) => ComponentChildren;
  /** Whether it can be sorted by. */
  sorts?: boolean;
  end?: boolean;
  /** More classes of its cells. */
  look?: string;
}

export interface TableProps<T> {
  caption: string;
  /** The first names the thing: it is the title of its card. */
  columns: readonly Column<T>[];
  items: readonly T[];
  idOf: (one: T) => string;
  sort?: string | undefined;
  onSort?: ((sort: string) => void) | undefined;
}

export const TABLE_WORDS = { sortBy: "Sort by", up: "▲", down: "▼" };

/** The roles are said, as browsers take them away from a table that is laid out as cards. */
export function Table<T>(props: TableProps<T>): JSX.Element {
  const { caption, columns, items, idOf, sort, onSort } = props;
  return (
    <>
      {sort && onSort ? <SortBy columns={columns} sort={sort} onSort={onSort} /> : null}
      <div class="table-frame" tabIndex={0} role="region" aria-label={caption}>
        <table class="table cards" role="table">
          <caption class="only-read-aloud">{caption}</caption>
          <thead role="rowgroup">
            <tr role="row">
              {columns.map((column) => (
                <Head key={column.field} column={column} sort={sort} onSort={onSort} />
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {items.map((one) => (
              <tr key={idOf(one)} role="row">
                {columns.map((column) => (
                  <Cell key={column.field} column={column} one={one} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Cell<T>(props: { column: Column<T>; one: T }): JSX.Element {
  const { column, one } = props;
  const looks = [column.end && "end", column.text === "" && "end act", column.look];
  return (
    <td role="cell" class={looks.filter(Boolean).join(" ")} data-label={column.text}>
      {column.cell(one)}
    </td>
  );
}

function Head<T>(props: {
  column: Column<T>;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}): JSX.Element {
  const { field, text, sorts, end } = props.column;
  const up = props.sort === field;
  const down = props.sort === `-${field}`;
  const order = up ? "ascending" : down ? "descending" : undefined;
  if (text === "") return <td role="cell" />; // a head without words is none
  return (
    <th scope="col" role="columnheader" class={end ? "end" : undefined} aria-sort={order}>
      {sorts && props.onSort ? (
        <button
          type="button"
          class="sorter"
          onClick={() => props.onSort?.(up ? `-${field}` : field)}
        >
          {text}
          <span aria-hidden="true">{up ? TABLE_WORDS.up : down ? TABLE_WORDS.down : ""}</span>
        </button>
      ) : (
        text
      )}
    </th>
  );
}

/** Cards have no heads: what these do is a choice above them. */
function SortBy<T>(props: {
  columns: readonly Column<T>[];
  sort: string;
  onSort: (sort: string) => void;
}): JSX.Element {
  const options = props.columns
    .filter((column) => column.sorts)
    .flatMap(({ field, text }): [string, string][] => [
      [field, `${text} ${TABLE_WORDS.up}`],
      [`-${field}`, `${text} ${TABLE_WORDS.down}`],
    ]);
  return (
    <div class="sort-by">
      <Select
        label={TABLE_WORDS.sortBy}
        value={props.sort}
        onInput={props.onSort}
        options={options}
      />
    </div>
  );
}
