/** One question: its text, the way to answer it, marking, clearing, and to its neighbours. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ResponseValue } from "protocol";
import { Button, Picture, Rich } from "../kit";
import { Choices } from "./choices";
import { ItemSave } from "./connection";
import type { Seat } from "./seat";
import { isAnswered, type Placed } from "./standing";
import { Typing } from "./typing";
import { WORDS } from "./words";

const W = WORDS.question;
const TYPED = "input:not([type=radio],[type=checkbox]),textarea";

export function Question(props: { seat: Seat }): JSX.Element | null {
  const { seat } = props;
  const row = seat.current;
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef("");
  useEffect(() => {
    // The first question does not grab the focus; each one that is gone to does.
    if (row && shown.current && shown.current !== row.item.id) heading.current?.focus();
    shown.current = row?.item.id ?? "";
  }, [row?.item.id]);
  if (row === undefined) return null;
  const { item, section } = row;
  const held = seat.known(item.id);
  const whyNot = seat.whyNot.value;
  const press = (event: KeyboardEvent): void => {
    const typing = (event.target as HTMLElement).closest(TYPED);
    if (typing || event.altKey || event.ctrlKey || event.metaKey || whyNot) return;
    if (event.key.toLowerCase() === "m") seat.mark(item.id, !held.marked);
  };
  return (
    <article class="question" onKeyDown={press} key={item.id}>
      <header class="row">
        <div class="grow">
          <p class="quiet small">{section.title}</p>
          <h2 id="question-title" ref={heading} tabIndex={-1}>
            {W.of(row.number, seat.rows.value.length)}
          </h2>
        </div>
        <span class="quiet small">{W.marks(item.marks, item.negative_marks ?? "0")}</span>
        <ItemSave save={seat.view.value.saves[item.id]} />
      </header>
      <div class="stem">
        <Rich text={item.stem} />
      </div>
      {item.image ? <Picture src={item.image} alt={W.image(row.number)} /> : null}
      <Answering seat={seat} row={row} />
      <Footer seat={seat} row={row} answered={isAnswered(held.response)} marked={held.marked} />
    </article>
  );
}

function Answering(props: { seat: Seat; row: Placed }): JSX.Element {
  const { seat, row } = props;
  const whyNot = seat.whyNot.value;
  const shared = {
    item: row.item,
    response: seat.known(row.item.id).response,
    whyNot,
    order: seat.view.value.order,
    onDraft: (response: ResponseValue) => seat.draft(row.item.id, response),
    onRespond: (response: ResponseValue) => seat.respond(row.item.id, response),
  };
  switch (row.item.kind) {
    case "single_choice":
    case "multiple_choice":
    case "true_false":
      return <Choices {...shared} />;
    default:
      return <Typing key={row.item.id} {...shared} />;
  }
}

function Footer(props: {
  seat: Seat;
  row: Placed;
  answered: boolean;
  marked: boolean;
}): JSX.Element {
  const { seat, row, answered, marked } = props;
  const whyNot = seat.whyNot.value;
  const at = seat.at.value;
  const last = at === seat.rows.value.length - 1;
  return (
    <footer class="steps">
      <Button
        onClick={() => seat.go(at - 1)}
        whyNot={at === 0 ? W.first : undefined}
        label={W.previous}
      >
        ← {W.previous}
      </Button>
      <Button
        class="mark"
        pressed={marked}
        whyNot={whyNot}
        onClick={() => seat.mark(row.item.id, !marked)}
      >
        <span aria-hidden="true">{marked ? "◆" : "◇"}</span> {marked ? W.unmark : W.mark}
      </Button>
      <Button
        onClick={() => seat.respond(row.item.id, null)}
        whyNot={whyNot || (answered ? undefined : W.nothingToClear)}
      >
        {W.clear}
      </Button>
      <Button
        look="main"
        onClick={() => seat.go(at + 1)}
        whyNot={last ? W.last : undefined}
        label={W.next}
      >
        {W.next} →
      </Button>
    </footer>
  );
}
