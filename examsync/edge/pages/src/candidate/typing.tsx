/** Answers that are typed: a number, a line, a text. Saved while typing pauses, and on leaving. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ResponseValue } from "protocol";
import { Field } from "../kit";
import type { Answering } from "./choices";
import {
  characters,
  fromNumber,
  fromText,
  isNumber,
  SHORT_CHARS_MAX,
  TEXT_CHARS_MAX,
  toText,
  words,
} from "./response";
import { WORDS } from "./words";

const W = WORDS.question;
/** Typing that pauses so long is saved; a text that never pauses is saved every so often. */
const PAUSE_MS = 700;
const AT_LATEST_MS = 4_000;

export function Typing(props: Answering): JSX.Element {
  const { item, whyNot } = props;
  const number = item.kind === "numerical";
  const long = item.kind === "long_text";
  const most = long ? TEXT_CHARS_MAX : SHORT_CHARS_MAX;
  const [text, type] = useDraft(props, number ? fromNumber : fromText);
  const odd = number && text.trim() !== "" && !isNumber(text);
  return (
    <div class="typing">
      <Field
        label={number ? W.number : long ? W.long : W.short}
        value={text}
        onInput={(value) => type([...value].slice(0, most).join(""))}
        {...(long && { rows: 12 })}
        readOnly={whyNot !== ""}
        autoComplete="off"
        hint={whyNot || (number ? W.numberHint : W.count(words(text), characters(text), most))}
        fault={odd ? W.notNumber : undefined}
      />
    </div>
  );
}

/** What stands in the field, and how it comes to be saved. */
function useDraft(
  props: Answering,
  read: (text: string) => ResponseValue,
): [string, (text: string) => void] {
  const [draft, setDraft] = useState<string | null>(null);
  const latest = useRef<{ text: string | null; props: Answering }>({ text: null, props });
  latest.current.props = props;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const begun = useRef(0);
  const save = (): void => {
    clearTimeout(timer.current);
    begun.current = 0;
    const { text, props: now } = latest.current;
    if (text === null) return;
    latest.current.text = null;
    if (!now.whyNot && text !== toText(now.response)) now.onRespond(read(text));
  };
  useEffect(() => {
    const leaving = (): void => save();
    window.addEventListener("pagehide", leaving);
    document.addEventListener("visibilitychange", leaving);
    return () => {
      window.removeEventListener("pagehide", leaving);
      document.removeEventListener("visibilitychange", leaving);
      save(); // another question is shown
    };
  }, []);
  // What was typed stays as typed until the response changes elsewhere: cleared, or taken over.
  const held = toText(props.response);
  const before = useRef(held);
  useEffect(() => {
    const ours = draft !== null && toText(read(draft)) === held;
    if (before.current !== held && !ours && latest.current.text === null) setDraft(null);
    before.current = held;
  }, [held]);
  const type = (text: string): void => {
    setDraft(text);
    props.onDraft(read(text));
    latest.current.text = text;
    const now = Date.now();
    if (begun.current === 0) begun.current = now;
    clearTimeout(timer.current);
    timer.current = setTimeout(save, Math.min(PAUSE_MS, begun.current + AT_LATEST_MS - now));
  };
  return [draft ?? held, type];
}
