/** A button; one that cannot be used now says why, and stays reachable by keyboard. */
import type { ComponentChildren, JSX } from "preact";
import { toast } from "./toast";

export interface ButtonProps {
  children: ComponentChildren;
  onClick?: (event: MouseEvent) => void;
  /** `main`: the one thing to do here; `danger`: hard to take back; `plain`: no frame. */
  look?: "main" | "danger" | "plain" | undefined;
  slim?: boolean | undefined;
  type?: "button" | "submit";
  /** Why it cannot be used now; "" or undefined when it can. A tooltip, read aloud, and said when
   *  it is pressed all the same. */
  whyNot?: string | undefined;
  busy?: boolean | undefined;
  label?: string | undefined;
  pressed?: boolean | undefined;
  class?: string;
  id?: string;
  autoFocus?: boolean;
}

export function Button(props: ButtonProps): JSX.Element {
  const { look, slim, whyNot, busy, type = "button" } = props;
  const off = Boolean(whyNot) || Boolean(busy);
  const press = (event: MouseEvent): void => {
    if (!off) return props.onClick?.(event);
    event.preventDefault();
    if (whyNot && !busy) toast(whyNot); // fingers see no tooltips
  };
  return (
    <button
      id={props.id}
      type={type}
      class={["button", look, slim && "slim", props.class].filter(Boolean).join(" ")}
      aria-disabled={off ? "true" : undefined}
      aria-busy={busy ? "true" : undefined}
      aria-pressed={props.pressed}
      aria-label={whyNot && props.label ? `${props.label}: ${whyNot}` : props.label}
      title={whyNot || undefined}
      autoFocus={props.autoFocus}
      onClick={press}
    >
      {props.children}
    </button>
  );
}
