/** Times and lengths of time as people read them. Times are ms since 1970 UTC. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** `1:02:03`, or `2:03` below an hour. Rounds up: at 0:00 the time is really over. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `1 h 30 min`, `5 min`, `40 s`. */
export function duration(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.round(ms / SECOND))} s`;
  const hours = Math.floor(ms / HOUR);
  const minutes = Math.round((ms - hours * HOUR) / MINUTE);
  if (minutes === 60) return `${hours + 1} h`;
  return [hours ? `${hours} h` : "", minutes ? `${minutes} min` : ""].filter(Boolean).join(" ");
}

/** `3 s ago`, `5 min ago`, `2 h ago`. */
export function ago(at: number, now: number): string {
  const ms = Math.max(0, now - at);
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  return `${Math.floor(ms / HOUR)} h ago`;
}

/** The time of day with seconds, in the reader's own zone and manner. */
export function clock(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { timeStyle: "medium" });
}

/** Day and time, in the reader's own zone and manner. */
export function dateTime(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** The reader's own zone, as in `Asia/Kolkata`. */
export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** For `<input type="datetime-local">`: `2026-11-21T10:30`, in the reader's zone. */
export function toInput(at: number): string {
  const offset = new Date(at).getTimezoneOffset() * MINUTE;
  return new Date(at - offset).toISOString().slice(0, 16);
}

/** The reverse of `toInput`; null for what is no time. */
export function fromInput(text: string): number | null {
  const at = new Date(text).getTime();
  return text && Number.isFinite(at) ? at : null;
}
