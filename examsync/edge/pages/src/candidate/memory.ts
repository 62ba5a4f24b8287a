/** What a reload should not forget and the server need not know: questions seen, and the place. */
import type { ResponseValue } from "protocol";

export interface Place {
  seen: string[];
  item: string;
}

const NOTHING: Place = { seen: [], item: "" };
const key = (attempt: string): string => `examsync.place.${attempt}`;

/** Keep it; a browser that keeps nothing is fine. */
export function remember(attempt: string, place: Place): void {
  try {
    localStorage.setItem(key(attempt), JSON.stringify(place));
  } catch {
    // only the palette's "not visited" suffers
  }
}

export function recall(attempt: string): Place {
  try {
    const held: unknown = JSON.parse(localStorage.getItem(key(attempt)) ?? "null");
    return isPlace(held) ? held : NOTHING;
  } catch {
    return NOTHING;
  }
}

/** What is being typed and is not an answer yet: a reload in the middle of a word finds it. */
export interface Draft {
  item: string;
  response: ResponseValue;
}

const draftKey = (attempt: string): string => `examsync.draft.${attempt}`;

export function keepDraft(attempt: string, draft: Draft): void {
  try {
    localStorage.setItem(draftKey(attempt), JSON.stringify(draft));
  } catch {
    // the answer itself follows in a moment
  }
}

/** The draft that a page has left behind, once. */
export function takeDraft(attempt: string): Draft | null {
  try {
    const held = JSON.parse(localStorage.getItem(draftKey(attempt)) ?? "null") as Draft | null;
    forgetDraft(attempt);
    return typeof held?.item === "string" ? held : null;
  } catch {
    return null;
  }
}

export function forgetDraft(attempt: string): void {
  try {
    localStorage.removeItem(draftKey(attempt));
  } catch {
    // nothing was kept
  }
}

function isPlace(held: unknown): held is Place {
  const place = held as Place | null;
  return Array.isArray(place?.seen) && typeof place.item === "string";
}

const OPEN = "examsync.open";

/** The exam that is open in this tab, of this candidate; null: none. A reload goes back to it. */
export function keepOpen(subject: string, exam: string | null): void {
  try {
    if (exam === null) sessionStorage.removeItem(OPEN);
    else sessionStorage.setItem(OPEN, JSON.stringify([subject, exam]));
  } catch {
    // the list of exams is shown then
  }
}

export function recallOpen(subject: string): string | null {
  try {
    const held: unknown = JSON.parse(sessionStorage.getItem(OPEN) ?? "null");
    return Array.isArray(held) && held[0] === subject ? String(held[1]) : null;
  } catch {
    return null;
  }
}
