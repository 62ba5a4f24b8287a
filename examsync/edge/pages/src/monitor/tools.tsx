/** Search, hall, group, quiet rows, order; acts on the whole exam. */
import { useState } from "preact/hooks";
import type { JSX } from "preact";
import { Button, Menu } from "../kit";
import { ON_EXAM } from "./acts";
import { A } from "./actwords";
import { type Field, PLAIN_VIEW } from "./arrange";
import { ask } from "./dispatch";
import { narrow, useLookout } from "./here";
import { W } from "./words";

export const SEARCH_ID = "search";
const FIELDS = Object.keys(W.column) as Field[];

export function Tools(): JSX.Element {
  const lookout = useLookout();
  const view = lookout.view.value;
  const { halls, groups } = lookout.places.value;
  return (
    <div class="tools" role="search">
      <Search />
      <Pick
        label={W.tools.hall}
        all={W.tools.allHalls}
        names={halls}
        value={view.hall}
        onPick={(hall) => lookout.look({ hall })}
      />
      <Pick
        label={W.tools.group}
        all={W.tools.allGroups}
        names={groups}
        value={view.group}
        onPick={(group) => lookout.look({ group })}
      />
      {narrow.value ? <SortPick /> : null}
      <button
        type="button"
        class="chip switch"
        aria-pressed={view.hideQuiet}
        onClick={() => lookout.look({ hideQuiet: !view.hideQuiet })}
      >
        {W.tools.hideQuiet}
      </button>
      <Shown />
      <span class="grow" />
      <OnExam />
      <SideSwitch />
    </div>
  );
}

function Search(): JSX.Element {
  const lookout = useLookout();
  return (
    <input
      id={SEARCH_ID}
      class="input search"
      type="search"
      placeholder={W.tools.search}
      aria-label={W.tools.search}
      title={W.tools.searchHint}
      value={lookout.view.value.search}
      onInput={(event) => lookout.look({ search: event.currentTarget.value })}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        if (lookout.view.value.search) lookout.look({ search: "" });
        else event.currentTarget.blur();
      }}
    />
  );
}

function Pick(props: {
  label: string;
  all: string;
  names: readonly string[];
  value: string;
  onPick: (name: string) => void;
}): JSX.Element | null {
  if (props.names.length < 2 && !props.value) return null;
  return (
    <select
      class="input pick"
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onPick(event.currentTarget.value)}
    >
      <option value="">{props.all}</option>
      {props.names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function SortPick(): JSX.Element {
  const lookout = useLookout();
  return (
    <select
      class="input pick sort"
      aria-label={W.tools.sort}
      value={lookout.view.value.sort.replace(/^-/, "")}
      onChange={(event) => lookout.look({ sort: event.currentTarget.value })}
    >
      {FIELDS.map((field) => (
        <option key={field} value={field}>
          {W.tools.sorted(W.column[field])}
        </option>
      ))}
    </select>
  );
}

/** How many rows are shown; that the order is held, and the way to let it go. */
function Shown(): JSX.Element {
  const lookout = useLookout();
  const { chips, search, hall, group, hideQuiet } = lookout.view.value;
  const filtered = chips.length > 0 || search !== "" || hall !== "" || group !== "" || hideQuiet;
  void lookout.picture.value;
  const moves = lookout.moves.value;
  return (
    <span class="shown">
      <span class="quiet number">
        {W.tools.shown(lookout.shown.value.length, lookout.seats.size)}
      </span>
      {moves > 0 ? (
        <button type="button" class="link" onClick={() => lookout.sortNow()}>
          {narrow.value ? "" : `${W.tools.moves(moves)} – `}
          {W.tools.sortNow}
          {narrow.value ? ` (${moves})` : ""}
        </button>
      ) : filtered ? (
        <button
          type="button"
          class="link"
          onClick={() => lookout.look({ ...PLAIN_VIEW, sort: lookout.view.value.sort })}
        >
          {W.tools.clear}
        </button>
      ) : null}
    </span>
  );
}

function OnExam(): JSX.Element {
  const lookout = useLookout();
  void lookout.picture.value;
  const whyNot = lookout.wholeExam ? "" : A.notYours;
  const stands = lookout.examStands() ? A.standsAlready : "";
  const entries = ON_EXAM.map((kind) => ({
    text: A.name[kind],
    whyNot: whyNot || (kind === "pause" ? stands : ""),
    onPick: () => ask(kind, "all"),
  }));
  return (
    <>
      <Button slim class="announce" whyNot={whyNot} onClick={() => ask("announce", "all")}>
        {W.tools.announce}
      </Button>
      <Menu label={W.tools.all} slim entries={entries}>
        {W.tools.all}
      </Menu>
    </>
  );
}

/** Where there is no room for it beside the rows: what happens, with how much of it is new. */
function SideSwitch(): JSX.Element {
  const lookout = useLookout();
  const { signals } = lookout.monitor.board.value;
  const [read, setRead] = useState(0);
  const open = lookout.sideOpen.value;
  const hands = lookout.counts.value.get("hands") ?? 0;
  const fresh = hands + Math.max(0, open ? 0 : signals.length - read);
  return (
    <Button
      slim
      class="side-switch"
      pressed={open}
      onClick={() => {
        setRead(signals.length);
        lookout.sideOpen.value = !open;
      }}
    >
      {W.side.title}
      {fresh > 0 ? <span class="count number">{fresh.toLocaleString()}</span> : null}
    </Button>
  );
}
