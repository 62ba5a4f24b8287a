/** Something that is shown once: a password, a key, a signing secret. */
import type { JSX } from "preact";
import { Button, Dialog, toast } from "../kit";
import { WORDS } from "./words";

export interface Made {
  title: string;
  text: string;
  secret: string;
}

export function Secret(props: { made: Made | null; onClose: () => void }): JSX.Element | null {
  const { made, onClose } = props;
  if (made === null) return null;
  const copy = (): void => {
    navigator.clipboard.writeText(made.secret).then(
      () => toast(WORDS.copied, "good"),
      () => document.getSelection()?.selectAllChildren(document.getElementById("secret") as Node),
    );
  };
  const foot = (
    <>
      <Button onClick={copy}>{WORDS.copy}</Button>
      <Button look="main" onClick={onClose}>
        {WORDS.close}
      </Button>
    </>
  );
  return (
    <Dialog title={made.title} open foot={foot}>
      <p>{made.text}</p>
      <code class="secret" id="secret" tabIndex={0}>
        {made.secret}
      </code>
    </Dialog>
  );
}
