/** Options to choose from: one, several, or true and false. Saved at once. */
import type { JSX } from "preact";
import type { Item, Order, ResponseValue } from "protocol";
import { Rich } from "../kit";
import { switched } from "./response";
import { optionsOf } from "./standing";
import { WORDS } from "./words";

export interface Answering {
  item: Item;
  response: ResponseValue | undefined;
  order: Order | null;
  /** Why nothing can be answered now; "" when it can. */
  whyNot: string;
  onRespond: (response: ResponseValue) => void;
  /** What is being typed, before it is an answer. */
  onDraft: (response: ResponseValue) => void;
}

interface Choice {
  key: string;
  text: string;
  chosen: boolean;
  response: () => ResponseValue;
}

/** The choices of an item, in order. */
function choicesOf({ item, response, order }: Answering): Choice[] {
  if (item.kind === "true_false") {
    return [true, false].map((value) => ({
      key: String(value),
      text: value ? WORDS.question.true : WORDS.question.false,
      chosen: response === value,
      response: () => value,
    }));
  }
  const several = item.kind === "multiple_choice";
  return optionsOf(item, order).map((option) => ({
    key: option.id,
    text: option.text,
    chosen: Array.isArray(response) ? response.includes(option.id) : response === option.id,
    response: () => (several ? switched(response, option.id, item) : option.id),
  }));
}

export function Choices(props: Answering): JSX.Element {
  const { item, whyNot, onRespond } = props;
  const several = item.kind === "multiple_choice";
  const choices = choicesOf(props);
  const press = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || whyNot) return;
    const at = indexOf(event.key);
    const choice = choices[at];
    if (choice === undefined) return;
    event.preventDefault();
    onRespond(choice.response());
    (event.currentTarget as HTMLElement).querySelectorAll("input")[at]?.focus();
  };
  return (
    <fieldset class="choices" onKeyDown={press} aria-describedby={whyNot ? "why-not" : undefined}>
      <legend class="quiet small">{several ? WORDS.question.several : WORDS.question.one}</legend>
      {choices.map((choice, at) => (
        <label key={choice.key} class={choice.chosen ? "choice chosen" : "choice"}>
          <input
            type={several ? "checkbox" : "radio"}
            name={`answer-${item.id}`}
            checked={choice.chosen}
            disabled={whyNot !== ""}
            onChange={() => onRespond(choice.response())}
          />
          <span class="letter" aria-hidden="true">
            {item.kind === "true_false" ? "" : String.fromCharCode(65 + at)}
          </span>
          <span class="grow">
            <Rich text={choice.text} />
          </span>
        </label>
      ))}
      {whyNot ? (
        <p id="why-not" class="quiet small">
          {whyNot}
        </p>
      ) : null}
    </fieldset>
  );
}

/** 1-9 and A-I name an option; M is for the mark. */
function indexOf(key: string): number {
  if (/^[1-9]$/.test(key)) return Number(key) - 1;
  return /^[a-i]$/i.test(key) ? key.toLowerCase().charCodeAt(0) - 97 : -1;
}
