/** The timeline of an attempt: facts in words, the newest first, page by page, growing. */
import { useState } from "preact/hooks";
import type { JSX } from "preact";
import { Banner, Button, Check, clock } from "../kit";
import { clockOff } from "./cells";
import { D } from "./drawerwords";
import { F } from "./factwords";
import { type Line, lines, tell, who } from "./facts";
import type { Seat } from "./roster";
import { useTimeline } from "./timelining";

export function Timeline(props: { seat: Seat }): JSX.Element {
  const { row } = props.seat;
  const { facts, atStart, busy, fault, earlier, again } = useTimeline(row);
  const [every, setEvery] = useState(false);
  const notices = facts.filter(({ body }) => body.kind === "notice_sent").length;
  const seen = facts.filter(({ body }) => body.kind === "notice_acknowledged").length;
  return (
    <section class="timeline" aria-label={D.timeline}>
      <h3 class="row">
        <span class="grow">{D.timeline}</span>
        <Check
          label={<span class="small">{D.everything}</span>}
          checked={every}
          onInput={setEvery}
        />
      </h3>
      {notices > 0 ? <p class="small quiet">{D.messages(seen, notices)}</p> : null}
      {fault ? (
        <Banner tone="warn">
          {fault}{" "}
          <Button slim onClick={again}>
            {D.again}
          </Button>
        </Banner>
      ) : null}
      {facts.length === 0 && !busy && !fault ? <p class="quiet small">{D.none}</p> : null}
      <ol>
        {lines(facts, !every).map((line) => (
          <One key={line.key} line={line} candidate={row.candidate} />
        ))}
      </ol>
      {busy ? <p class="quiet small">{D.reading}</p> : null}
      {!atStart && !busy ? (
        <Button slim onClick={earlier}>
          {D.earlier}
        </Button>
      ) : null}
      <p class="quiet small">{D.notThereYet}</p>
    </section>
  );
}

function One(props: { line: Line; candidate: string }): JSX.Element {
  const { line, candidate } = props;
  const told = tell(line.fact);
  const run = line.facts.length > 1;
  const off = told.device_at === null ? null : clockOff(line.fact.at, told.device_at);
  const at = run ? D.run(clock(line.at), clock(line.until)) : clock(line.until);
  return (
    <li class={`fact ${run ? "plain" : told.tone}`}>
      <span class="what">
        {run ? F.savedRun(line.facts.length) : told.text}
        {!run && told.quote ? <q>{told.quote}</q> : null}
      </span>
      <span class="quiet small number">
        {at} · {who(line.fact, candidate)}
        {off && told.device_at !== null ? ` · ${D.device(clock(told.device_at), off)}` : ""}
      </span>
    </li>
  );
}
