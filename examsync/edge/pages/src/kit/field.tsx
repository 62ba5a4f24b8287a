/** Labelled inputs with a hint and a fault, tied together for screen readers. */
import type { ComponentChildren, JSX, TargetedEvent } from "preact";
import { useId } from "preact/hooks";

export interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  type?: "text" | "password" | "number" | "search" | "datetime-local" | "email" | "url";
  hint?: ComponentChildren;
  /** What is wrong with the value; "" or undefined when nothing is. */
  fault?: string | undefined;
  required?: boolean;
  placeholder?: string;
  autoComplete?: string;
  autoFocus?: boolean;
  rows?: number;
  min?: number | string;
  max?: number | string;
  step?: number | string;
  readOnly?: boolean;
  name?: string;
}

/** One line of text, or several with `rows`. */
export function Field(props: FieldProps): JSX.Element {
  const id = useId();
  const { label, hint, fault, onInput, rows, autoComplete, ...rest } = props;
  const shared = {
    ...rest,
    id,
    class: "input",
    autocomplete: autoComplete,
    "aria-invalid": fault ? ("true" as const) : undefined,
    "aria-describedby": toldBy(id, hint, fault),
    onInput: (event: TargetedEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows ? <textarea {...(shared as object)} rows={rows} /> : <input {...(shared as object)} />}
      <Told id={id} hint={hint} fault={fault} />
    </div>
  );
}

function toldBy(id: string, hint: unknown, fault: unknown): string | undefined {
  return [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(" ") || undefined;
}

function Told(props: { id: string; hint: ComponentChildren; fault: string | undefined }) {
  const { id, hint, fault } = props;
  return (
    <>
      {hint ? (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
      {fault ? (
        <span class="fault" id={`${id}-fault`} role="alert">
          {fault}
        </span>
      ) : null}
    </>
  );
}

export interface SelectProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** value and text, in order */
  options: readonly (readonly [string, string])[];
  hint?: string | undefined;
  /** What is wrong with the choice; "" or undefined when nothing is. */
  fault?: string | undefined;
  required?: boolean;
}

/** One of a few. */
export function Select(props: SelectProps): JSX.Element {
  const id = useId();
  const { hint, fault } = props;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        class="input"
        value={props.value}
        required={props.required}
        aria-invalid={fault ? "true" : undefined}
        aria-describedby={toldBy(id, hint, fault)}
        onChange={(event) => props.onInput(event.currentTarget.value)}
      >
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      <Told id={id} hint={hint} fault={fault} />
    </div>
  );
}

export interface CheckProps {
  label: ComponentChildren;
  checked: boolean;
  onInput: (checked: boolean) => void;
}

/** Yes or no. */
export function Check(props: CheckProps): JSX.Element {
  return (
    <label class="row check">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onInput(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}
