/** Bits of tables: a frame that scrolls, and heads that sort. Rows are the page's own. */
import type { ComponentChildren, JSX } from "preact";

/** `sort` is a field, with "-" before it for the other direction: as the API's `?sort=`. */
export interface Column {
  field: string;
  text: string;
  /** Whether it can be sorted by. */
  sorts?: boolean;
  end?: boolean;
}

export function Table(props: {
  caption: string;
  columns: readonly Column[];
  sort?: string;
  onSort?: (sort: string) => void;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="table-frame" tabIndex={0} role="region" aria-label={props.caption}>
      <table class="table">
        <caption class="only-read-aloud">{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <Head key={column.field} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}

function Head(props: {
  column: Column;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}): JSX.Element {
  const { field, text, sorts, end } = props.column;
  const up = props.sort === field;
  const down = props.sort === `-${field}`;
  const order = up ? "ascending" : down ? "descending" : undefined;
  if (text === "") return <td />; // a head without words is none
  return (
    <th scope="col" class={end ? "end" : undefined} aria-sort={order}>
      {sorts && props.onSort ? (
        <button
          type="button"
          class="sorter"
          onClick={() => props.onSort?.(up ? `-${field}` : field)}
        >
          {text}
          <span aria-hidden="true">{up ? "▲" : down ? "▼" : ""}</span>
        </button>
      ) : (
        text
      )}
    </th>
  );
}
