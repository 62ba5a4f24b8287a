/** What was sent to one webhook, and what came of it. */
import type { JSX } from "preact";
import type { Deliveries as Sent, Delivery } from "protocol";
import { Badge, Button, type Column, dateTime, Dialog, get, Table, type Tone } from "../kit";
import { Shown, useLoad } from "./data";
import { WORDS } from "./words";

const W = WORDS.webhooks;
const TONES: Record<Delivery["state"], Tone> = {
  delivered: "good",
  waiting: "info",
  failed: "bad",
};
const COLUMNS: Column<Delivery>[] = [
  { field: "type", text: W.delivery.type, cell: (one) => one.type },
  {
    field: "state",
    text: W.delivery.state,
    cell: (one) => <Badge tone={TONES[one.state]}>{W.delivery.states[one.state]}</Badge>,
  },
  { field: "came", text: W.delivery.came, look: "small break", cell: came },
  { field: "tries", text: W.delivery.tries, end: true, look: "number", cell: (one) => one.tries },
  { field: "at", text: W.delivery.at, look: "number small", cell: at },
];

export function Deliveries(props: { path: string; onClose: () => void }): JSX.Element {
  const path = `${props.path}/deliveries`;
  const list = useLoad(path, (signal) => get<Sent>(path, { limit: 50 }, signal));
  const foot = (
    <>
      <Button onClick={list.reload}>{WORDS.again}</Button>
      <Button onClick={props.onClose}>{WORDS.close}</Button>
    </>
  );
  return (
    <Dialog title={W.deliveries} open onClose={props.onClose} foot={foot} wide>
      <Shown of={list} empty={({ items }) => items.length === 0}>
        {({ items }) => (
          <Table caption={W.deliveries} columns={COLUMNS} items={items} idOf={(one) => one.id} />
        )}
      </Shown>
    </Dialog>
  );
}

/** What the receiver said, or why it said nothing. */
function came(one: Delivery): string {
  if (one.error) return one.error;
  return [one.status ?? "", one.answer ?? ""].filter(Boolean).join(" ");
}

function at(one: Delivery): string {
  if (one.state === "waiting" && one.next_at) return W.delivery.next(dateTime(one.next_at));
  return dateTime(one.tried_at ?? one.created_at);
}
