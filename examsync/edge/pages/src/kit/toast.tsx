/** Short news in a corner, and sentences only read aloud. Mount <Toasts/> once per page. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { Button } from "./button";
import type { Tone } from "./badge";

interface Toast {
  id: number;
  tone: Tone;
  text: string;
}

const TOASTS_MAX = 4;
const STAY_MS = 7_000;
/** Bad news stays until it is dismissed (WCAG 2.2.1: nothing to read disappears by itself). */
const STAYS: readonly Tone[] = ["bad", "warn"];

const shown = signal<readonly Toast[]>([]);
const spoken = signal("");
let next = 1;

/** Show a line; one that is there already is not shown twice. */
export function toast(text: string, tone: Tone = "info"): void {
  if (shown.value.some((one) => one.text === text && one.tone === tone)) return;
  const id = next++;
  shown.value = [...shown.value, { id, tone, text }].slice(-TOASTS_MAX);
  if (!STAYS.includes(tone)) setTimeout(() => dismiss(id), STAY_MS);
}

/** Have a screen reader say something, politely, that eyes can see anyway. */
export function say(text: string): void {
  spoken.value = spoken.value === text ? `${text}\u00a0` : text; // the same twice is read twice
}

function dismiss(id: number): void {
  shown.value = shown.value.filter((one) => one.id !== id);
}

export function Toasts(): JSX.Element {
  return (
    <>
      <div class="only-read-aloud" role="status" aria-live="polite">
        {spoken.value}
      </div>
      <div class="toasts" role="log" aria-live="polite">
        {shown.value.map((one) => (
          <div key={one.id} class={`banner toast ${one.tone}`}>
            <span class="grow">{one.text}</span>
            <Dismiss text={one.text} onClick={() => dismiss(one.id)} />
          </div>
        ))}
      </div>
    </>
  );
}

function Dismiss(props: { text: string; onClick: () => void }): JSX.Element {
  return (
    <Button look="plain" slim label={`Dismiss: ${props.text}`} onClick={props.onClick}>
      ✕
    </Button>
  );
}
