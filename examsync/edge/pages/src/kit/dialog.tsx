/** A modal dialog over the native <dialog>: focus stays inside, Escape closes, focus returns. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./button";

export interface DialogProps {
  title: string;
  open: boolean;
  /** Escape, the veil or the close button; leave it out and only the foot's buttons close it. */
  onClose?: (() => void) | undefined;
  children: ComponentChildren;
  /** Buttons, the one to press last. */
  foot?: ComponentChildren;
  wide?: boolean;
}

export function Dialog(props: DialogProps): JSX.Element | null {
  const held = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const dialog = held.current;
    if (!props.open || dialog === null) return undefined;
    const before = document.activeElement;
    if (!dialog.open) dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [props.open]);
  if (!props.open) return null;
  const cancel = (event: Event): void => {
    if (event.target !== held.current) return; // a file chooser's, which bubbles
    event.preventDefault(); // the owner's state decides, not the element
    props.onClose?.();
  };
  return (
    <dialog
      ref={held}
      class={props.wide ? "dialog wide" : "dialog"}
      aria-labelledby={name}
      onCancel={cancel}
      onClick={(event) => event.target === held.current && props.onClose?.()}
    >
      <div class="stack">
        <h2 id={name}>{props.title}</h2>
        {props.children}
      </div>
      {props.foot ? <div class="foot">{props.foot}</div> : null}
    </dialog>
  );
}

export interface ConfirmProps {
  title: string;
  text: ComponentChildren;
  /** The words of the button that does it, such as "End the attempts". */
  yes: string;
  no: string;
  danger?: boolean;
  busy?: boolean;
  open: boolean;
  onYes: () => void;
  onNo: () => void;
}

/** A question before something that is hard to take back. */
export function Confirm(props: ConfirmProps): JSX.Element {
  const foot = (
    <>
      <Button onClick={props.onNo}>{props.no}</Button>
      <Button look={props.danger ? "danger" : "main"} busy={props.busy} onClick={props.onYes}>
        {props.yes}
      </Button>
    </>
  );
  return (
    <Dialog title={props.title} open={props.open} onClose={props.onNo} foot={foot}>
      <div>{props.text}</div>
    </Dialog>
  );
}
