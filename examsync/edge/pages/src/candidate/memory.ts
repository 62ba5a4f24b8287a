/** What a reload should not forget and the server need not know: questions seen, and the place. */

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

export function forgetPlace(attempt: string): void {
  try {
    localStorage.removeItem(key(attempt));
  } catch {
    // nothing was kept
  }
}

function isPlace(held: unknown): held is Place {
  const place = held as Place | null;
  return Array.isArray(place?.seen) && typeof place.item === "string";
}
