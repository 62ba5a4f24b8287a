/** The line that tells where the answers lie and whether the server is in reach. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { PROBLEMS, type Code } from "protocol";
import type { AttemptView, SaveState } from "../client";
import { Badge, Button, clock, say, type Tone } from "../kit";
import type { Seat } from "./seat";
import { WORDS } from "./words";

/** The code of a problem as a sentence. */
export function problemText(code: string): string {
  return PROBLEMS[code as Code]?.title ?? code;
}

/** Reasons that are ends as they should be. */
const OVER = new Set(["submitted", "expired", "terminated", "absent"]);

/** Tone and words of the connection. Pure. */
export function connectionWords(view: AttemptView): [Tone, string] {
  const { state, tries, reason } = view.connection;
  if (state === "live") return ["good", WORDS.save.connected];
  if (state === "closed" && OVER.has(reason)) return ["quiet", WORDS.save.over];
  if (state === "closed") return ["bad", problemText(reason)];
  if (state === "offline" || tries > 0) {
    return tries > 1 ? ["bad", WORDS.save.offline] : ["warn", WORDS.save.reconnecting(tries)];
  }
  return ["info", WORDS.save.connecting];
}

/** Where all answers are, in one line. Pure. */
export function saveWords(view: AttemptView): [Tone, string] {
  if (view.waiting_answers > 0) {
    if (view.connection.state === "live") return ["info", WORDS.save.sending];
    return ["warn", WORDS.save.onDevice(view.waiting_answers)];
  }
  if (view.saved_on_server_at !== null) {
    return ["good", WORDS.save.saved(clock(view.saved_on_server_at))];
  }
  if (Object.keys(view.responses).length > 0) return ["good", WORDS.save.allSaved];
  return ["quiet", WORDS.save.nothing];
}

export function SaveLine(props: { seat: Seat }): JSX.Element {
  const view = props.seat.view.value;
  const [tone, words] = connectionWords(view);
  const [saveTone, save] = saveWords(view);
  const waits = view.waiting_answers > 0;
  useSpoken(words, tone);
  return (
    <div class="save-line" data-connection={view.connection.state}>
      <Badge tone={tone}>{words}</Badge>
      <span class={`save ${saveTone}`} data-testid="save">
        {save}
        {view.saved_on_device_at !== null && view.connection.state !== "live" && waits ? (
          <span class="on-device"> · {WORDS.save.deviceAt(clock(view.saved_on_device_at))}</span>
        ) : null}
      </span>
      {view.connection.state === "offline" ? (
        <Button slim onClick={() => props.seat.attempt.retryNow()}>
          {WORDS.entering.again}
        </Button>
      ) : null}
    </div>
  );
}

/** Going offline and coming back is said aloud; each saved answer is not. */
function useSpoken(words: string, tone: Tone): void {
  const before = useRef<Tone>("info");
  useEffect(() => {
    const bad = tone === "bad" || tone === "warn";
    const wasBad = before.current === "bad" || before.current === "warn";
    if (bad !== wasBad) say(words);
    before.current = tone;
  }, [tone]);
}

const ITEM_SAVES: Record<SaveState, [Tone, string]> = {
  unsaved: ["bad", WORDS.save.item.unsaved],
  device: ["info", WORDS.save.item.device],
  saved: ["good", WORDS.save.item.saved],
  durable: ["good", WORDS.save.item.saved],
  refused: ["bad", WORDS.save.item.refused],
};

/** Where the answer to one item is. */
export function ItemSave(props: { save: SaveState | undefined }): JSX.Element | null {
  if (props.save === undefined) return null;
  const [tone, words] = ITEM_SAVES[props.save];
  return (
    <span data-testid="item-save" data-save={props.save}>
      <Badge tone={tone}>{words}</Badge>
    </span>
  );
}
