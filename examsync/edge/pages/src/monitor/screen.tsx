/** The whole screen of an exam: strip, chips, tools, rows, what happens, the drawer. */
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { useLookout } from "./here";
import { STALE_AFTER_MS } from "./badge";
import { BulkBar } from "./bulk";
import { ChipsBar } from "./chipsbar";
import { Drawer } from "./drawer";
import { Rows } from "./rows";
import { Side } from "./side";
import { Strip } from "./strip";
import { SEARCH_ID, Tools } from "./tools";
import { W } from "./words";

export function Screen(props: { onOther: () => void; onLeave: () => void }): JSX.Element {
  const lookout = useLookout();
  const { title } = lookout.monitor.board.value;
  const hands = lookout.counts.value.get("hands") ?? 0;
  useEffect(() => {
    document.title = `${hands > 0 ? `(${hands}) ` : ""}${title} · ${W.title} · ${W.product}`;
  }, [title, hands]);
  useEffect(() => {
    const keys = (event: KeyboardEvent): void => pageKeys(event, () => escape());
    const escape = (): void => {
      if (lookout.opened.value !== null) lookout.opened.value = null;
      else if (lookout.sideOpen.value) lookout.sideOpen.value = false;
      else if (lookout.selected.value.size > 0) lookout.select([]);
    };
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  }, [lookout]);
  const { state } = lookout.monitor.connection.value;
  const old =
    state === "offline" || state === "closed" || (lookout.silent.value ?? 0) > STALE_AFTER_MS;
  const marks = ["screen", lookout.sideOpen.value ? "side-open" : "", old ? "old" : ""];
  return (
    <div class={marks.filter(Boolean).join(" ")}>
      <Strip onOther={props.onOther} onLeave={props.onLeave} />
      <ChipsBar />
      <Tools />
      <main class="rows-pane" aria-label={W.tableName}>
        <Rows />
        <BulkBar />
      </main>
      <Side />
      <Drawer />
    </div>
  );
}

/** `/` searches, Escape closes the topmost thing; a dialog minds its own keys. */
function pageKeys(event: KeyboardEvent, escape: () => void): void {
  if (document.querySelector("dialog[open]") !== null) return;
  const typing =
    event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    document.getElementById(SEARCH_ID)?.focus();
  }
  if (event.key === "Escape" && !event.defaultPrevented) escape();
}
