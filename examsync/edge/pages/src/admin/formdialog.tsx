/** A dialog that is a form: what went wrong above, the fields, cancel, the button that does it. */
import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { Banner, Button, Dialog } from "../kit";
import type { Submitting } from "./data";
import { WORDS } from "./words";

export function FormDialog(props: {
  title: string;
  /** The words of the button. */
  submit: string;
  submitting: Submitting;
  onSubmit: () => Promise<void>;
  onClose: () => void;
  wide?: boolean;
  /** The page says itself what is wrong with a field, not the browser. */
  ownFaults?: boolean;
  children: ComponentChildren;
}): JSX.Element {
  const { title, submit, submitting, onSubmit, onClose, ownFaults, children } = props;
  const form = useRef<HTMLFormElement>(null);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    await onSubmit();
    // One that is out of sight would leave the button without any effect.
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  };
  return (
    <Dialog title={title} open onClose={onClose} wide={props.wide ?? false}>
      <form
        ref={form}
        class="stack"
        autocomplete="off"
        noValidate={ownFaults ?? false}
        onSubmit={(event) => void send(event)}
      >
        {submitting.fault ? (
          <Banner tone="bad" live="assertive">
            {submitting.fault}
          </Banner>
        ) : null}
        {children}
        <div class="row end-row">
          <Button onClick={onClose}>{WORDS.cancel}</Button>
          <Button type="submit" look="main" busy={submitting.busy}>
            {submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
