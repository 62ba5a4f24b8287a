/** The server's time as this client sees it (pure). For countdowns only: it decides nothing. */

/** Eight heartbeats: long enough to hold one quiet round trip, short enough to follow a device
 * whose own clock drifts. */
export const SAMPLES_MAX = 8;

interface Sample {
  rtt_ms: number;
  offset_ms: number;
}

/** Offset from this device's clock to the server's, from the best of the last round trips. */
export class ServerClock {
  private samples: Sample[] = [];
  private before = 0;

  /**
   * Take a server time; `sentAt` and `heardAt` are this device's times around it.
   *
   * The server's reading is taken to lie in the middle (Cristian's algorithm), so it is off by at
   * most half the round trip: the shortest round trip knows best.
   */
  heard(serverTime: number, sentAt: number, heardAt: number): void {
    const rtt_ms = heardAt - sentAt;
    if (rtt_ms < 0) return;
    this.samples.push({ rtt_ms, offset_ms: serverTime - (sentAt + heardAt) / 2 });
    if (this.samples.length > SAMPLES_MAX) this.samples.shift();
  }

  /** The device has slept or its clock was set: the next round trip alone counts. */
  doubt(): void {
    this.before = this.offsetMs;
    this.samples = [];
  }

  /** The last round trip, or null before the first. */
  get rttMs(): number | null {
    return this.samples.at(-1)?.rtt_ms ?? null;
  }

  /** What to add to this device's clock; 0 before the first round trip. */
  get offsetMs(): number {
    if (this.samples.length === 0) return this.before;
    return this.samples.reduce((a, b) => (b.rtt_ms < a.rtt_ms ? b : a)).offset_ms;
  }

  /** The server's time when this device's clock says `now`. */
  serverNow(now: number): number {
    return Math.round(now + this.offsetMs);
  }
}
