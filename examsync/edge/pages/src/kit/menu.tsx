/** A button that opens a short list of things to do; those that cannot be done say why. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "./button";

export interface MenuEntry {
  text: string;
  onPick: () => void;
  /** Why it cannot be done now; "" or undefined when it can. */
  whyNot?: string | undefined;
}

export function Menu(props: {
  label: string;
  children?: ComponentChildren;
  entries: readonly MenuEntry[];
  slim?: boolean;
}): JSX.Element {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const entries = (): HTMLElement[] =>
    Array.from(frame.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? []);
  const close = (refocus: boolean): void => {
    setOpen(false);
    if (refocus) frame.current?.querySelector("button")?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    entries()[0]?.focus();
    const outside = (event: Event): void => {
      if (!frame.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const keys = (event: KeyboardEvent): void => {
    if (event.key === "Escape") close(true);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <div class="menu" ref={frame} onKeyDown={open ? keys : undefined}>
      <Button label={props.label} slim={props.slim} pressed={open} onClick={() => setOpen(!open)}>
        {props.children ?? "⋯"}
      </Button>
      {open ? (
        <div role="menu" aria-label={props.label}>
          {props.entries.map((entry) => (
            <Entry key={entry.text} entry={entry} close={() => close(true)} />
          ))}
        </div>
      ) : null}
    </div>
  );
}

function Entry(props: { entry: MenuEntry; close: () => void }): JSX.Element {
  const { text, onPick, whyNot } = props.entry;
  const pick = (): void => {
    if (whyNot) return;
    props.close();
    onPick();
  };
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      aria-disabled={whyNot ? "true" : undefined}
      onClick={pick}
    >
      {text}
      {whyNot ? <span class="why">{whyNot}</span> : null}
    </button>
  );
}
