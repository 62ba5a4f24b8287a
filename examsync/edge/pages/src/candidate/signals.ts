/** Reports what a proctor wants to know of this browser: tab, window, full screen, clipboard. */
import type { Violation } from "protocol";

export type Kind = Violation["kind"];
export type Report = (kind: Kind, detail: string) => void;

/** The same signal again within this time is counted, not sent: a nervous window is one signal. */
export const QUIET_MS = 5_000;
/** A tab that hides blurs its window too; the blur waits so long for word of it. */
export const BLUR_WAIT_MS = 400;

/** Lets the first of a kind through, counts those right after it, tells their number with the
 * next one. Pure but for the clock handed in. */
export class Damper {
  private readonly last = new Map<Kind, { at: number; missed: number }>();
  constructor(private readonly quiet_ms = QUIET_MS) {}

  /** The detail to send with, or null: not now. */
  pass(kind: Kind, detail: string, now: number): string | null {
    const before = this.last.get(kind);
    if (before !== undefined && now - before.at < this.quiet_ms) {
      before.missed += 1;
      return null;
    }
    const missed = before?.missed ?? 0;
    this.last.set(kind, { at: now, missed: 0 });
    const more = missed > 0 ? `${missed} more since the last` : "";
    return [detail, more].filter(Boolean).join("; ");
  }
}

/** Watch this page until the returned function is called. */
export function watch(report: Report, now: () => number = Date.now): () => void {
  const damper = new Damper();
  const tell = (kind: Kind, detail = ""): void => {
    const said = damper.pass(kind, detail, now());
    if (said !== null) report(kind, said);
  };
  const stop = new AbortController();
  const on = (target: EventTarget, name: string, then: (event: Event) => void): void =>
    target.addEventListener(name, then, { signal: stop.signal });
  let waiting: ReturnType<typeof setTimeout> | undefined;
  on(document, "visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    clearTimeout(waiting);
    tell("tab_hidden");
  });
  on(window, "blur", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      // Into a frame or a file chooser of this page is not away.
      if (document.visibilityState === "visible" && !document.hasFocus()) tell("window_blur");
    }, BLUR_WAIT_MS);
  });
  on(window, "focus", () => clearTimeout(waiting));
  on(document, "fullscreenchange", () => {
    if (document.fullscreenElement === null && !leaving) tell("fullscreen_exit");
    leaving = false;
  });
  for (const name of ["copy", "cut"]) {
    on(document, name, () => tell("copy", size(document.getSelection()?.toString() ?? "")));
  }
  on(document, "paste", (event) => {
    tell("paste", size((event as ClipboardEvent).clipboardData?.getData("text") ?? ""));
  });
  on(window, "beforeprint", () => tell("print"));
  return () => {
    clearTimeout(waiting);
    stop.abort();
  };
}

/** How much, never what: a report must not carry what somebody has in the clipboard. */
function size(text: string): string {
  return text === "" ? "" : `${[...text].length} characters`;
}

let leaving = false;

/** Into full screen and out of it by our own button; only other ways out are reported. */
export async function toggleFullScreen(): Promise<void> {
  if (document.fullscreenElement === null) {
    await document.documentElement.requestFullscreen({ navigationUI: "hide" });
    return;
  }
  leaving = true;
  await document.exitFullscreen();
}
