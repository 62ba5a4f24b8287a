/** Webhooks: where events are sent to as they happen. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Deliveries as Sent, EventType, Webhook } from "protocol";
import {
  Badge,
  Banner,
  Button,
  Check,
  Confirm,
  Dialog,
  Field,
  get,
  Menu,
  patch,
  post,
  remove,
  Table,
} from "../kit";
import { attempted, More, Shown, useList, useLoad, useSubmit } from "./data";
import { type Made, Secret } from "./secret";
import { WORDS } from "./words";

const W = WORDS.webhooks;
const TYPES: EventType[] = [
  "attempt.submitted",
  "attempt.closed",
  "results.released",
  "results.withdrawn",
];
const COLUMNS = [
  { field: "url", text: W.columns.url },
  { field: "types", text: W.columns.types },
  { field: "state", text: W.columns.state },
  { field: "act", text: "" },
];

export function Webhooks(): JSX.Element {
  const list = useList<Webhook>("admin/webhooks");
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<Webhook | null>(null);
  const [looking, setLooking] = useState<Webhook | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const path = (hook: Webhook): string => `admin/webhooks/${encodeURIComponent(hook.id)}`;
  const change = async (act: () => Promise<unknown>, done = WORDS.done): Promise<void> => {
    await attempted(act, done);
    list.reload();
  };
  const entries = (hook: Webhook) => [
    { text: W.test, onPick: () => void change(() => post(`${path(hook)}/test`), W.tested) },
    { text: W.deliveries, onPick: () => setLooking(hook) },
    {
      text: hook.active ? W.switchOff : W.switchOn,
      onPick: () => void change(() => patch(path(hook), { active: !hook.active })),
    },
    { text: W.remove, onPick: () => setRemoving(hook) },
  ];
  return (
    <>
      <div class="row head">
        <h1 class="grow">{WORDS.places.webhooks}</h1>
        <Button look="main" onClick={() => setMaking(true)}>
          {W.create}
        </Button>
      </div>
      <Shown of={list} empty={(items) => items.length === 0}>
        {(items) => (
          <Table caption={WORDS.places.webhooks} columns={COLUMNS}>
            {items.map((one) => (
              <tr key={one.id}>
                <td class="break">{one.url}</td>
                <td class="small">{one.types.join(", ")}</td>
                <td>
                  <Badge tone={one.active ? "good" : "quiet"}>
                    {one.active ? W.active : W.off}
                  </Badge>
                  {one.stopped ? <div class="small">{one.stopped}</div> : null}
                </td>
                <td class="end">
                  <Menu slim label={`${WORDS.more}: ${one.url}`} entries={entries(one)} />
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Shown>
      <More of={list} />
      {making ? (
        <HookForm
          onClose={() => setMaking(false)}
          onDone={(secret) => {
            list.reload();
            setMade({ title: W.made, text: W.madeText, secret });
          }}
        />
      ) : null}
      {looking ? <Deliveries path={path(looking)} onClose={() => setLooking(null)} /> : null}
      <Confirm
        open={removing !== null}
        title={W.removeTitle}
        text={W.removeText}
        yes={W.remove}
        no={WORDS.cancel}
        danger
        onYes={() => {
          if (removing) void change(() => remove(path(removing)));
          setRemoving(null);
        }}
        onNo={() => setRemoving(null)}
      />
      <Secret made={made} onClose={() => setMade(null)} />
    </>
  );
}

function HookForm(props: { onClose: () => void; onDone: (secret: string) => void }): JSX.Element {
  const [url, setUrl] = useState("https://");
  const [types, setTypes] = useState<readonly EventType[]>(TYPES);
  const { busy, fault, run } = useSubmit();
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    let secret = "";
    const done = await run(async () => {
      const body = { url: url.trim(), types };
      secret = (await post<Webhook>("admin/webhooks", body)).secret ?? "";
    });
    if (!done) return;
    props.onClose();
    props.onDone(secret);
  };
  const tick = (type: EventType, on: boolean): void =>
    setTypes(TYPES.filter((one) => (one === type ? on : types.includes(one))));
  return (
    <Dialog title={W.create} open onClose={props.onClose}>
      <form class="stack" onSubmit={make}>
        {fault ? (
          <Banner tone="bad" live="assertive">
            {fault}
          </Banner>
        ) : null}
        <Field label={W.url} type="url" value={url} onInput={setUrl} hint={W.urlHint} required />
        <fieldset class="ticks">
          <legend>{W.types}</legend>
          {TYPES.map((type) => (
            <Check
              key={type}
              label={type}
              checked={types.includes(type)}
              onInput={(on) => tick(type, on)}
            />
          ))}
        </fieldset>
        <div class="row end-row">
          <Button onClick={props.onClose}>{WORDS.cancel}</Button>
          <Button
            type="submit"
            look="main"
            busy={busy}
            whyNot={types.length === 0 ? WORDS.faults.missing : ""}
          >
            {W.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Deliveries(props: { path: string; onClose: () => void }): JSX.Element {
  const path = `${props.path}/deliveries`;
  const list = useLoad(path, (signal) =>
    get<Sent>(path, { limit: 50 }, signal),
  );
  return (
    <Dialog title={W.deliveries} open onClose={props.onClose} wide>
      <Shown of={list} empty={({ items }) => items.length === 0}>
        {({ items }) => (
          <ul class="deliveries">
            {items.map((one, at) => (
              <li key={at}>
                <code class="small">{JSON.stringify(one)}</code>
              </li>
            ))}
          </ul>
        )}
      </Shown>
      <div class="row end-row">
        <Button onClick={props.onClose}>{WORDS.close}</Button>
      </div>
    </Dialog>
  );
}
