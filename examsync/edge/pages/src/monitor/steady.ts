/** Rows keep their places while somebody reads or points; how many would move is counted (pure). */

export interface Steady {
  /** What is shown, in order. */
  shown: readonly string[];
  /** How many rows would move, come or go if it were sorted now. */
  moves: number;
}

/** Put `fresh` on the screen, or, while `held`, keep what is shown and count what would change.
 * Rows that are gone altogether (`there` says no) leave at once. */
export function settle(
  shown: readonly string[],
  fresh: readonly string[],
  held: boolean,
  there: (id: string) => boolean,
): Steady {
  if (!held || shown.length === 0) return { shown: keepIfSame(shown, fresh), moves: 0 };
  const kept = shown.every(there) ? shown : shown.filter(there);
  return { shown: kept, moves: movesBetween(kept, fresh) };
}

/** The fewest rows that have to be taken up and put elsewhere, or come, or go. */
export function movesBetween(shown: readonly string[], fresh: readonly string[]): number {
  const places = new Map(fresh.map((id, at) => [id, at]));
  const both: number[] = [];
  for (const id of shown) {
    const at = places.get(id);
    if (at !== undefined) both.push(at);
  }
  const stay = longestRise(both);
  const come = fresh.length - both.length;
  const go = shown.length - both.length;
  return both.length - stay + come + go;
}

/** The length of the longest rising subsequence (patience sorting, n log n). */
export function longestRise(numbers: readonly number[]): number {
  const tops: number[] = [];
  for (const number of numbers) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle] as number) < number) low = middle + 1;
      else high = middle;
    }
    tops[low] = number;
  }
  return tops.length;
}

function keepIfSame(shown: readonly string[], fresh: readonly string[]): readonly string[] {
  const same = shown.length === fresh.length && shown.every((id, at) => id === fresh[at]);
  return same ? shown : fresh;
}
