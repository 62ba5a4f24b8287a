/** Short states and long ones: never by colour alone, the words carry the meaning. */
import type { ComponentChildren, JSX } from "preact";

export type Tone = "good" | "warn" | "bad" | "info" | "mark" | "quiet";

const SIGNS: Record<Tone, string> = {
  good: "✓",
  warn: "!",
  bad: "✕",
  info: "i",
  mark: "◆",
  quiet: "",
};

/** A word or two. `sign: false` leaves out the shape before it. */
export function Badge(props: { tone?: Tone; sign?: boolean; children: ComponentChildren }) {
  const tone = props.tone ?? "quiet";
  const sign = props.sign === false ? "" : SIGNS[tone];
  return (
    <span class={`badge ${tone}`}>
      {sign ? <span aria-hidden="true">{sign}</span> : null}
      {props.children}
    </span>
  );
}

/** A sentence that stays until its cause is gone. `live`: read aloud when it appears. */
export function Banner(props: {
  tone: Tone;
  live?: "polite" | "assertive";
  children: ComponentChildren;
}): JSX.Element {
  const role = props.live === "assertive" ? "alert" : props.live ? "status" : undefined;
  return (
    <div class={`banner ${props.tone}`} role={role}>
      <span aria-hidden="true">{SIGNS[props.tone]}</span>
      <div class="grow">{props.children}</div>
    </div>
  );
}
