/** How long to wait before trying again (pure): full jitter between 300 ms and 15 s. */

export const BASE_MS = 300;
/** A candidate who waits for a save should not have to wait longer than a breath or three. */
export const CAP_MS = 15_000;

/**
 * Milliseconds to wait after `tries` failures (1 for the first). `draw` is random in [0, 1).
 *
 * Evenly between 0 and 300 ms doubled with every failure (Brooker, "Exponential backoff and
 * jitter", AWS 2015). What the server asked for in `retryAfterMs` comes first and the jitter on
 * top: a thousand clients told the same number must not come back in the same millisecond.
 */
export function delayMs(tries: number, draw: number, retryAfterMs: number | null = null): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(Math.max(tries - 1, 0), 16));
  return (retryAfterMs ?? 0) + Math.floor(ceiling * draw);
}
