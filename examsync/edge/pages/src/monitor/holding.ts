/** Whether rows keep their places: while somebody points at the table, walks in it, or has rows
 selected. A pointer that rests does not hold for ever: the table of an unattended screen sorts. */

/** So long after the pointer or a key last moved over the table it is taken to rest. */
export const REST_MS = 20_000;

export class Holding {
  private touchedAt = Number.NEGATIVE_INFINITY;
  private over = false;

  constructor(
    private readonly selecting: () => boolean,
    private readonly clock: () => number = Date.now,
  ) {}

  /** The pointer moved over the table, or a key was pressed in it. */
  touch(): void {
    this.over = true;
    this.touchedAt = this.clock();
  }

  /** The pointer or the focus has left it. */
  leave(): void {
    this.over = false;
  }

  now(): boolean {
    return this.selecting() || (this.over && this.clock() - this.touchedAt < REST_MS);
  }
}
