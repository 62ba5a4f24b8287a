/** What people type and tick, as responses (pure). The server decides; this only catches slips. */
import type { Item, ResponseValue } from "protocol";

const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?$|^[+-]?\d+\/\d+$/;
export const TEXT_CHARS_MAX = 20_000;
export const SHORT_CHARS_MAX = 500;

/** Text from a field as a response: blank clears. */
export function fromText(text: string): ResponseValue {
  return text.trim() === "" ? null : text;
}

/** Numbers go as typed; a decimal comma becomes a point. */
export function fromNumber(text: string): ResponseValue {
  const bare = text.trim().replace("−", "-");
  return bare === "" ? null : bare.replace(",", ".");
}

/** Whether this looks like a number: 3, -0.3, .3, 1,5, 2e3, 1/3. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text.trim().replace("−", "-"));
}

/** What a text field shows of a response. */
export function toText(response: ResponseValue | undefined): string {
  return typeof response === "string" || typeof response === "number" ? String(response) : "";
}

/** The ticked options of a multiple choice after one was switched; none ticked clears. */
export function switched(
  response: ResponseValue | undefined,
  option: string,
  item: Item,
): ResponseValue {
  const before = Array.isArray(response) ? response : [];
  const chosen = new Set(before);
  if (!chosen.delete(option)) chosen.add(option);
  const inOrder = (item.options ?? []).map((one) => one.id).filter((id) => chosen.has(id));
  return inOrder.length > 0 ? inOrder : null;
}

/** Characters, as people count them. */
export function characters(text: string): number {
  return [...text].length;
}

/** Words, as people count them: runs between spaces. */
export function words(text: string): number {
  return text.split(/\s+/u).filter(Boolean).length;
}
