/** After the end: what became of it, the receipt, what is still on its way, and the results. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Banner, Button, dateTime, save, toast } from "../kit";
import type { AttemptView } from "../client";
import { SaveLine } from "./connection";
import { Refused } from "./refused";
import { Results } from "./results";
import type { Seat } from "./seat";
import { isAnswered } from "./standing";
import { WORDS } from "./words";

const W = WORDS.ended;

export function Ended(props: { seat: Seat; onBack: () => void }): JSX.Element {
  const { seat } = props;
  const view = seat.view.value;
  const [refused, setRefused] = useState(false);
  const answered = Object.values(view.responses).filter((one) => isAnswered(one.response)).length;
  return (
    <main class="door stack">
      <header class="row">
        <p class="grow quiet">{view.title}</p>
        <SaveLine seat={seat} />
      </header>
      <section class="card stack" data-testid="ended" data-state={view.state}>
        <h1>{W.titles[view.state]}</h1>
        {view.waiting > 0 ? (
          <Banner tone="warn" live="polite">
            {W.waiting(view.waiting)}
          </Banner>
        ) : (
          <p>
            {view.state === "absent" ? "" : W.thanks} {view.resting === 0 ? W.durable : ""}
          </p>
        )}
        {view.refused.length > 0 ? (
          <Banner tone="bad">
            {WORDS.banners.refused(view.refused.length)}{" "}
            <Button slim onClick={() => setRefused(true)}>
              {WORDS.banners.show}
            </Button>
          </Banner>
        ) : null}
        <dl class="pairs">
          {view.closed_at !== null ? (
            <div>
              <dt>{W.at}</dt>
              <dd>{dateTime(view.closed_at)}</dd>
            </div>
          ) : null}
          {view.state !== "absent" ? (
            <div>
              <dt>{W.answered}</dt>
              <dd>{WORDS.palette.of(answered, seat.rows.value.length)}</dd>
            </div>
          ) : null}
        </dl>
        {view.receipt ? <Receipt view={view} receipt={view.receipt} answered={answered} /> : null}
      </section>
      <Results
        exam={view.exam}
        released={view.results_released}
        given={view.responses}
        sections={view.paper?.sections ?? []}
      />
      <p>
        <Button look="plain" onClick={props.onBack}>
          {W.back}
        </Button>
      </p>
      <Refused seat={seat} open={refused} onClose={() => setRefused(false)} />
    </main>
  );
}

function Receipt(props: { view: AttemptView; receipt: string; answered: number }): JSX.Element {
  const { view, receipt, answered } = props;
  const copy = (): void => {
    navigator.clipboard.writeText(receipt).then(
      () => toast(W.copied, "good"),
      () => keep(),
    );
  };
  const keep = (): void => {
    const { exam, attempt, closed_at } = view;
    const text = JSON.stringify({ exam, attempt, closed_at, answered, receipt }, null, 2);
    save(new Blob([`${text}\n`], { type: "application/json" }), `receipt-${exam}.json`);
  };
  return (
    <div class="receipt">
      <h2>{W.receipt}</h2>
      <p class="quiet small">{W.receiptHint}</p>
      <code tabIndex={0}>{receipt}</code>
      <div class="row">
        <Button slim onClick={copy}>
          {W.copy}
        </Button>
        <Button slim onClick={keep}>
          {W.save}
        </Button>
      </div>
    </div>
  );
}
