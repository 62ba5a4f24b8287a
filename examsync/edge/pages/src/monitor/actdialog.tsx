/** Asks for the terms of an act: for whom it is, minutes, a reason, a text; hard ones ask twice. */
import { useState } from "preact/hooks";
import type { JSX } from "preact";
import { Banner, Button, Check, Dialog, Field } from "../kit";
import { ASKS, type Fault, faultOf, type Kind, split, type Terms } from "./acts";
import { A } from "./actwords";
import { asked, type Asked, dispatch } from "./dispatch";
import { useLookout } from "./here";
import { nameOf, type Seat } from "./roster";

const NAMED_MAX = 6;
const QUICK_MINUTES = [5, 10, 15, 30];

export function ActDialog(): JSX.Element | null {
  const open = asked.value;
  if (open === null) return null;
  return <Form key={open.kind} asked={open} />;
}

/** The rows as they are now: somebody may have handed in while the dialog is open. */
function targetsOf(open: Asked, current: (id: string) => Seat | undefined): Seat[] | "all" {
  if (open.targets === "all") return "all";
  return open.targets.map((seat) => current(seat.row.attempt) ?? seat);
}

function Form(props: { asked: Asked }): JSX.Element {
  const lookout = useLookout();
  void lookout.picture.value;
  const { kind } = props.asked;
  const targets = targetsOf(props.asked, (id) => lookout.seat(id));
  const parts = targets === "all" ? null : split(kind, targets);
  const [terms, setTerms] = useState<Terms>(kind === "extend" ? { minutes: 5 } : {});
  const [sure, setSure] = useState(false);
  const [tried, setTried] = useState(false);
  const whom = parts === null ? A.whole : whomOf(parts.can);
  const mustBeSure = ASKS[kind].hard && (parts === null || parts.can.length > 1);
  const fault = faultOf(kind, terms);
  const close = (): void => {
    asked.value = null;
  };
  const go = (event?: Event): void => {
    event?.preventDefault();
    setTried(true);
    if (fault || (mustBeSure && !sure) || parts?.can.length === 0) return;
    const attempts = parts === null ? ("all" as const) : parts.can.map(({ row }) => row.attempt);
    close();
    void dispatch(lookout, kind, attempts, terms);
  };
  const offline = lookout.monitor.connection.value.state !== "live";
  const foot = (
    <>
      <Button onClick={close}>{A.cancel}</Button>
      <Button
        look={kind === "terminate" ? "danger" : "main"}
        whyNot={parts?.can.length === 0 ? A.chooseFirst : ""}
        onClick={() => go()}
      >
        {A.doIt[kind]}
      </Button>
    </>
  );
  return (
    <Dialog title={A.title[kind](whom)} open onClose={close} foot={foot}>
      <p class="quiet">
        {A.about[kind]} {parts === null && kind === "extend" ? A.alsoLater : ""}
      </p>
      {offline ? <Banner tone="warn">{A.offline}</Banner> : null}
      {parts !== null && parts.can.length > 1 ? <Names seats={parts.can} /> : null}
      {parts !== null && parts.cannot.length > 0 ? <LeftOut cannot={parts.cannot} /> : null}
      <form class="stack" onSubmit={go}>
        <TermsFields kind={kind} terms={terms} change={setTerms} fault={tried ? fault : ""} />
        {mustBeSure ? <Check label={A.sure(whom)} checked={sure} onInput={setSure} /> : null}
        {tried && mustBeSure && !sure ? <span class="fault">{A.sureFault}</span> : null}
        <button type="submit" class="only-read-aloud" tabIndex={-1} aria-hidden="true" />
      </form>
    </Dialog>
  );
}

function whomOf(seats: readonly Seat[]): string {
  const [only] = seats;
  return seats.length === 1 && only ? nameOf(only.row, only.row.attempt) : A.people(seats.length);
}

function Names(props: { seats: readonly Seat[] }): JSX.Element {
  const { seats } = props;
  const more = seats.length - NAMED_MAX;
  const names = seats.slice(0, NAMED_MAX).map(({ row }) => nameOf(row, row.attempt));
  return (
    <p class="small">
      {A.to}: {names.join(", ")}
      {more > 0 ? `, ${A.andMore(more)}` : ""}
    </p>
  );
}

function LeftOut(props: { cannot: readonly { seat: Seat; why: string }[] }): JSX.Element {
  const { cannot } = props;
  const more = cannot.length - NAMED_MAX;
  return (
    <div class="left-out small">
      <strong>{A.leftOut(cannot.length)}</strong>
      <ul>
        {cannot.slice(0, NAMED_MAX).map(({ seat, why }) => (
          <li key={seat.row.attempt}>
            {nameOf(seat.row, seat.row.attempt)}: {why}
          </li>
        ))}
        {more > 0 ? <li>{A.andMore(more)}</li> : null}
      </ul>
    </div>
  );
}

function TermsFields(props: {
  kind: Kind;
  terms: Terms;
  change: (terms: Terms) => void;
  fault: Fault;
}): JSX.Element {
  const { kind, terms, change, fault } = props;
  const asks = ASKS[kind];
  return (
    <>
      {asks.minutes !== "no" ? <Minutes {...props} /> : null}
      {asks.text ? (
        <Field
          label={A.text}
          value={terms.text ?? ""}
          onInput={(text) => change({ ...terms, text })}
          fault={fault === "text" ? A.textFault : ""}
          rows={4}
          autoFocus
        />
      ) : null}
      {asks.reason !== "no" ? <Reason {...props} /> : null}
    </>
  );
}

function Minutes(props: {
  kind: Kind;
  terms: Terms;
  change: (terms: Terms) => void;
  fault: Fault;
}): JSX.Element {
  const { kind, terms, change, fault } = props;
  const [text, setText] = useState(terms.minutes === undefined ? "" : String(terms.minutes));
  const set = (value: string): void => {
    setText(value);
    const { minutes: _, ...rest } = terms;
    const minutes = Number(value.replace(",", "."));
    change(value.trim() === "" ? rest : { ...rest, minutes });
  };
  return (
    <div class="minutes">
      <Field
        label={ASKS[kind].minutes === "must" ? A.minutes : A.minutesMay}
        type="number"
        min={0}
        max={1440}
        step="any"
        value={text}
        onInput={set}
        fault={fault === "minutes" ? A.minutesFault : ""}
        autoFocus
      />
      <div class="row">
        {QUICK_MINUTES.map((minutes) => (
          <Button
            key={minutes}
            slim
            pressed={terms.minutes === minutes}
            onClick={() => set(String(minutes))}
          >
            {A.quickMinutes(minutes)}
          </Button>
        ))}
      </div>
    </div>
  );
}

function Reason(props: {
  kind: Kind;
  terms: Terms;
  change: (terms: Terms) => void;
  fault: Fault;
}): JSX.Element {
  const { kind, terms, change, fault } = props;
  const must = ASKS[kind].reason === "must";
  const set = (reason: string): void => change({ ...terms, reason });
  return (
    <div class="reason-box">
      <Field
        label={must ? A.reason : A.reasonMay}
        hint={A.reasonHint}
        value={terms.reason ?? ""}
        onInput={set}
        fault={fault === "reason" ? A.reasonFault : ""}
        autoFocus={ASKS[kind].minutes === "no"}
      />
      {must ? (
        <div class="suggestions">
          {A.reasons.map((reason) => (
            <button key={reason} type="button" class="chip" onClick={() => set(reason)}>
              {reason}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
