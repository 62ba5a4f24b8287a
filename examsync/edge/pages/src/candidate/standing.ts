/** How each item stands for this candidate (pure): the palette's states, counts and filters. */
import type { Item, Order, Paper, ResponseValue, Section } from "protocol";

/** The five states of the palette. Answered and marked counts like answered. */
export type Standing = "unseen" | "unanswered" | "answered" | "marked" | "answered_marked";
export const STANDINGS: readonly Standing[] = [
  "answered",
  "unanswered",
  "unseen",
  "marked",
  "answered_marked",
];

export type Filter = "all" | "unanswered" | "marked";

/** What is known of one item: its response, the mark for review, whether it was looked at. */
export interface Known {
  response: ResponseValue | undefined;
  marked: boolean;
  seen: boolean;
}

export function standing(known: Known): Standing {
  if (isAnswered(known.response)) return known.marked ? "answered_marked" : "answered";
  if (known.marked) return "marked";
  return known.seen ? "unanswered" : "unseen";
}

/** Whether a response is one: null, nothing, no choice and blank text are not. */
export function isAnswered(response: ResponseValue | undefined): boolean {
  if (response === null || response === undefined) return false;
  if (typeof response === "string") return response.trim() !== "";
  return Array.isArray(response) ? response.length > 0 : true;
}

export type Counts = Record<Standing, number>;

export function count(standings: readonly Standing[]): Counts {
  const counts: Counts = { unseen: 0, unanswered: 0, answered: 0, marked: 0, answered_marked: 0 };
  for (const one of standings) counts[one] += 1;
  return counts;
}

/** How many of these will be evaluated: answered ones, marked or not. */
export function evaluated(counts: Counts): number {
  return counts.answered + counts.answered_marked;
}

export function shows(filter: Filter, one: Standing): boolean {
  if (filter === "all") return true;
  if (filter === "marked") return one === "marked" || one === "answered_marked";
  return one === "unseen" || one === "unanswered" || one === "marked";
}

/** An item where this candidate meets it: `number` counts from 1 over the whole paper. */
export interface Placed {
  item: Item;
  number: number;
  section: Section;
}

/** The items in this candidate's order, each section's together as the order has them. */
export function placed(paper: Paper | null, order: Order | null): Placed[] {
  if (paper === null || order === null) return [];
  const found = new Map<string, [Item, Section]>();
  for (const section of paper.sections) {
    for (const item of section.items) found.set(item.id, [item, section]);
  }
  const rows: Placed[] = [];
  for (const id of order.items) {
    const one = found.get(id);
    if (one) rows.push({ item: one[0], section: one[1], number: rows.length + 1 });
  }
  return rows;
}

/** The options of an item in this candidate's order. */
export function optionsOf(item: Item, order: Order | null): NonNullable<Item["options"]> {
  const options = item.options ?? [];
  const ids = order?.options[item.id];
  if (!ids) return options;
  const by = new Map(options.map((option) => [option.id, option]));
  return ids.flatMap((id) => by.get(id) ?? []);
}
