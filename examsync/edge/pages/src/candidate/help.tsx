/** Keys and words, explained. */
import type { JSX } from "preact";
import { Button, Dialog } from "../kit";
import { WORDS } from "./words";

export function Help(props: { open: boolean; onClose: () => void }): JSX.Element {
  const foot = <Button onClick={props.onClose}>{WORDS.help.close}</Button>;
  return (
    <Dialog title={WORDS.help.title} open={props.open} onClose={props.onClose} foot={foot}>
      <dl class="pairs keys">
        {WORDS.help.keys.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <dl class="pairs">
        {WORDS.help.words.map(([word, what]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
