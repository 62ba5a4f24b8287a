/** A button that opens a short list of things to do; those that cannot be done say why. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
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
  const [place, setPlace] = useState<Record<string, string>>({});
  const frame = useRef<HTMLDivElement>(null);
  const entries = (): HTMLElement[] =>
    Array.from(frame.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? []);
  const close = (refocus: boolean): void => {
    setOpen(false);
    if (refocus) frame.current?.querySelector("button")?.focus();
  };
  useLayoutEffect(() => {
    if (!open) return undefined;
    const put = (): void => {
      const list = frame.current?.querySelector<HTMLElement>('[role="menu"]');
      if (frame.current && list) setPlace(placed(frame.current, list));
    };
    put();
    window.addEventListener("scroll", put, true);
    window.addEventListener("resize", put);
    return () => {
      window.removeEventListener("scroll", put, true);
      window.removeEventListener("resize", put);
    };
  }, [open]);
  useEffect(() => {
    if (!open) return undefined;
    entries()[0]?.focus({ preventScroll: true });
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
        <div role="menu" aria-label={props.label} style={place}>
          {props.entries.map((entry) => (
            <Entry key={entry.text} entry={entry} close={() => close(true)} />
          ))}
        </div>
      ) : null}
    </div>
  );
}

const EDGE_PX = 4;

/** Where the list goes on the screen: below the button or, without room there, above it. On the
 *  screen and not in the page, as the frame of a table would cut it off. */
function placed(frame: HTMLElement, list: HTMLElement): Record<string, string> {
  const button = frame.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const [wide, high] = [document.documentElement.clientWidth, window.innerHeight];
  const below = button.bottom + EDGE_PX;
  const top = below + height <= high ? below : button.top - EDGE_PX - height;
  const rtl = getComputedStyle(frame).direction === "rtl";
  const left = rtl ? button.left : button.right - width;
  return {
    top: `${Math.max(EDGE_PX, top)}px`,
    left: `${Math.max(EDGE_PX, Math.min(left, wide - width - EDGE_PX))}px`,
  };
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
