/** Ids that nobody else makes, also on plain http, where browsers have no `crypto.randomUUID`. */

/** 128 random bits as hex. */
export function makeId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const KEY = "examsync.instance";

/** The id of this browser profile, made once and kept; a new one where nothing can be kept. */
export function instanceId(storage: Storage | undefined): string {
  try {
    const kept = storage?.getItem(KEY);
    if (kept) return kept;
    const made = `web-${makeId()}`;
    storage?.setItem(KEY, made);
    return made;
  } catch {
    return `web-${makeId()}`;
  }
}
