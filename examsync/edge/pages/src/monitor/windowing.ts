/** Which rows of a long table are drawn: those in sight and a few around (pure). */

export interface Window {
  first: number;
  /** One past the last. */
  end: number;
  /** Heights of what is left out above and below (px). */
  above: number;
  below: number;
}

/** Rows drawn beyond what is in sight, on each side. */
export const AROUND = 12;
/** The window moves in steps, so that a little scrolling draws nothing new. */
const STEP = 6;

export function windowOf(count: number, height: number, top: number, view: number): Window {
  const start = Math.floor(Math.max(0, top) / height) - AROUND;
  const first = Math.min(Math.max(0, start - (start % STEP)), Math.max(0, count - 1));
  const wanted = Math.ceil(view / height) + 2 * AROUND + STEP;
  const end = Math.min(count, first + wanted);
  return { first, end, above: first * height, below: (count - end) * height };
}

/** Where to scroll so that row `at` is in sight below a head of `head` px; null if it is. */
export function scrollFor(
  at: number,
  height: number,
  top: number,
  view: number,
  head: number,
): number | null {
  const start = at * height;
  if (start < top) return start;
  const below = start + height + head - (top + view);
  return below > 0 ? top + below : null;
}
