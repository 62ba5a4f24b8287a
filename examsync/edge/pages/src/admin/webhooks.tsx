/** Webhooks: where events are sent to as they happen. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { EventType, Webhook } from "protocol";
import { Badge, Check, type Column, Confirm, Field, Menu, type MenuEntry } from "../kit";
import { patch, post, remove } from "../kit";
import { attempted, useList, useSubmit } from "./data";
import { Deliveries } from "./deliveries";
import { FormDialog } from "./formdialog";
import { ListPage } from "./listpage";
import { type Made, Secret } from "./secret";
import { WORDS } from "./words";

const W = WORDS.webhooks;
const TYPES: EventType[] = [
  "attempt.submitted",
  "attempt.closed",
  "results.released",
  "results.withdrawn",
];

const columns = (entries: (hook: Webhook) => MenuEntry[]): Column<Webhook>[] => [
  { field: "url", text: W.columns.url, look: "break", cell: (one) => one.url },
  { field: "types", text: W.columns.types, look: "small", cell: (one) => one.types.join(", ") },
  { field: "state", text: W.columns.state, cell: (one) => <State hook={one} /> },
  {
    field: "act",
    text: "",
    cell: (one) => <Menu slim label={`${WORDS.more}: ${one.url}`} entries={entries(one)} />,
  },
];

export function Webhooks(): JSX.Element {
  const list = useList<Webhook>("admin/webhooks");
  const [removing, setRemoving] = useState<Webhook | null>(null);
  const [looking, setLooking] = useState<Webhook | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const path = (hook: Webhook): string => `admin/webhooks/${encodeURIComponent(hook.id)}`;
  const change = async (act: () => Promise<unknown>, done = WORDS.done): Promise<void> => {
    await attempted(act, done);
    list.reload();
  };
  const entries = (hook: Webhook): MenuEntry[] => [
    { text: W.test, onPick: () => void change(() => post(`${path(hook)}/test`), W.tested) },
    { text: W.deliveries, onPick: () => setLooking(hook) },
    {
      text: hook.active ? W.switchOff : W.switchOn,
      onPick: () => void change(() => patch(path(hook), { active: !hook.active })),
    },
    { text: W.remove, onPick: () => setRemoving(hook) },
  ];
  const told = (secret: string): void => {
    list.reload();
    setMade({ title: W.made, text: W.madeText, secret });
  };
  return (
    <ListPage
      title={WORDS.places.webhooks}
      list={list}
      columns={columns(entries)}
      idOf={(one) => one.id}
      create={W.create}
      form={(close) => <HookForm onClose={close} onDone={told} />}
    >
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
    </ListPage>
  );
}

function State(props: { hook: Webhook }): JSX.Element {
  const { active, stopped, failing_since, waiting } = props.hook;
  const tone = stopped ? "bad" : !active ? "quiet" : failing_since ? "warn" : "good";
  const words = stopped ? W.stopped : !active ? W.off : failing_since ? W.failing : W.active;
  return (
    <>
      <Badge tone={tone}>{words}</Badge>
      {stopped ? <div class="small">{stopped}</div> : null}
      {waiting > 0 ? <div class="small quiet">{W.waiting(waiting)}</div> : null}
    </>
  );
}

function HookForm(props: { onClose: () => void; onDone: (secret: string) => void }): JSX.Element {
  const [url, setUrl] = useState("https://");
  const [types, setTypes] = useState<readonly EventType[]>(TYPES);
  const submitting = useSubmit();
  const make = async (): Promise<void> => {
    if (types.length === 0) return;
    let secret = "";
    const done = await submitting.run(async () => {
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
    <FormDialog
      title={W.create}
      submit={W.create}
      submitting={submitting}
      onSubmit={make}
      onClose={props.onClose}
    >
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
        {types.length === 0 ? (
          <span class="fault" role="alert">
            {W.noTypes}
          </span>
        ) : null}
      </fieldset>
    </FormDialog>
  );
}
