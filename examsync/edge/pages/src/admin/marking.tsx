/** Marks by hand: one answer after the other, without a name. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { MarkingQueue, ToMark } from "protocol";
import { Banner, Button, Dialog, Field, get, Picture, post, Rich } from "../kit";
import { Shown, useLoad, useSubmit } from "./data";
import { WORDS } from "./words";

const W = WORDS.marking;

export function Marking(props: {
  path: string;
  onClose: () => void;
  onDone: () => void;
}): JSX.Element {
  const path = `${props.path}/marking`;
  const queue = useLoad(path, (signal) => get<MarkingQueue>(path, { limit: 50 }, signal));
  const [skipped, setSkipped] = useState<ReadonlySet<string>>(new Set());
  const close = (): void => {
    props.onClose();
    props.onDone();
  };
  const key = (one: ToMark): string => `${one.attempt} ${one.item}`;
  return (
    <Dialog title={W.title} open onClose={close} wide>
      <Shown of={queue}>
        {({ items, total }) => {
          const one = items.find((each) => !skipped.has(key(each)));
          if (one === undefined) return <p>{W.none}</p>;
          return (
            <>
              <p class="quiet small">{W.left(total)}</p>
              <One
                key={key(one)}
                one={one}
                path={path}
                onDone={queue.reload}
                onSkip={() => setSkipped(new Set([...skipped, key(one)]))}
              />
            </>
          );
        }}
      </Shown>
      <div class="row end-row">
        <Button onClick={close}>{WORDS.close}</Button>
      </div>
    </Dialog>
  );
}

function One(props: {
  one: ToMark;
  path: string;
  onDone: () => void;
  onSkip: () => void;
}): JSX.Element {
  const { one, path } = props;
  const [marks, setMarks] = useState("");
  const [note, setNote] = useState("");
  const { busy, fault, run } = useSubmit();
  const give = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { attempt, item, fingerprint } = one;
    const done = await run(() => post(path, { attempt, item, marks, note, fingerprint }));
    if (done) props.onDone();
  };
  return (
    <form class="stack" onSubmit={give}>
      <p class="pre">
        <Rich text={one.stem} />
      </p>
      {one.image ? <Picture src={one.image} alt={WORDS.banks.picture} /> : null}
      <div class="answer-text" tabIndex={0} role="region" aria-label={W.answer}>
        {String(one.response ?? "")}
      </div>
      {one.guidance ? (
        <details>
          <summary>{W.guidance}</summary>
          <p class="pre">{one.guidance}</p>
        </details>
      ) : null}
      {fault ? (
        <Banner tone="bad" live="assertive">
          {fault}
        </Banner>
      ) : null}
      <div class="two">
        <Field label={W.marks(one.maximum)} value={marks} onInput={setMarks} required autoFocus />
        <Field label={W.note} value={note} onInput={setNote} />
      </div>
      <div class="row end-row">
        <Button onClick={props.onSkip}>{W.next}</Button>
        <Button type="submit" look="main" busy={busy}>
          {W.give}
        </Button>
      </div>
    </form>
  );
}
