/** Whether what is on the screen can be trusted, in a word and a sentence (pure). */
import { clock } from "../kit";
import type { MonitorConnection } from "../client/monitor";
import { W } from "./words";

/** The server says its figures at least every 5 s; three more are for a slow line. */
export const STALE_AFTER_MS = 8_000;

export type Trust = "live" | "waiting" | "stale" | "offline" | "ended";

export interface Told {
  trust: Trust;
  word: string;
  about: string;
  tone: "good" | "info" | "warn" | "bad";
}

/** `silent`: how long nothing was heard (ms), null if nothing ever was. */
export function trustOf(connection: MonitorConnection, silent: number | null, now: number): Told {
  const as = silent === null ? W.badge.never : W.badge.since(clock(now - silent));
  const said = (trust: Trust, word: string, tone: Told["tone"], about: string): Told => ({
    trust,
    word,
    tone,
    about,
  });
  switch (connection.state) {
    case "closed":
      return said("ended", W.badge.ended, "bad", `${connection.detail} ${as}`.trim());
    case "offline":
      return said("offline", W.badge.offline, "bad", `${as} ${W.badge.again}`);
    case "connecting":
      return said("waiting", W.badge.waiting, "info", as);
    case "stale":
      return said("stale", W.badge.catching, "warn", as);
  }
  if (silent !== null && silent >= STALE_AFTER_MS) {
    const word = W.badge.stale(`${Math.floor(silent / 1_000)} s`);
    return said("stale", word, "warn", `${as} ${W.badge.staleAbout}`);
  }
  return said("live", W.badge.live, "good", W.badge.liveAbout);
}
