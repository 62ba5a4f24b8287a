/** What an import found, or would do: the sum of it, then every finding by line and column. */
import type { JSX } from "preact";
import { Badge, Banner, Button, type Column, save, Table, type Tone } from "../kit";
import { type Finding, findingsCsv, inOrder } from "./findings";
import { WORDS } from "./words";

const W = WORDS.report;
const SHOWN_MAX = 300;
const TONES: Record<string, Tone> = { error: "bad", warning: "warn", info: "info" };
const COLUMNS: Column<Finding>[] = [
  { field: "line", text: W.columns.line, look: "number named", cell: (one) => one.line || "" },
  { field: "column", text: W.columns.column, cell: (one) => one.column },
  { field: "what", text: W.columns.what, cell: (one) => one.message },
  {
    field: "severity",
    text: W.columns.severity,
    cell: ({ severity = "error" }) => (
      <Badge tone={TONES[severity] ?? "bad"}>{W.severities[severity]}</Badge>
    ),
  },
];

/** What both kinds of report come down to. */
export interface Outcome {
  committed: boolean;
  rows: number;
  /** How many rows could be imported. */
  good: number;
  summary: string;
  findings: Finding[];
  omitted: number;
}

export function Told(props: { outcome: Outcome; name: string }): JSX.Element {
  const { outcome } = props;
  const findings = inOrder(outcome.findings);
  const count = (severity: string): number =>
    findings.filter((one) => one.severity === severity).length;
  const keep = (): void => {
    save(new Blob([findingsCsv(findings)], { type: "text/csv" }), `${props.name}-findings.csv`);
  };
  return (
    <div class="stack" aria-live="polite" data-testid="report">
      <Banner tone={outcome.committed ? "good" : outcome.good > 0 ? "info" : "bad"}>
        {outcome.committed ? W.committed : outcome.good > 0 ? W.dry : W.nothing}
      </Banner>
      <p>
        <strong>{outcome.summary}</strong> <span class="quiet">({W.rows(outcome.rows)})</span>
      </p>
      {findings.length > 0 ? (
        <>
          <div class="row">
            {count("error") ? <Badge tone="bad">{W.errors(count("error"))}</Badge> : null}
            {count("warning") ? <Badge tone="warn">{W.warnings(count("warning"))}</Badge> : null}
            <span class="grow" />
            <Button slim onClick={keep}>
              {W.errorsCsv}
            </Button>
          </div>
          <Findings findings={findings} omitted={outcome.omitted} />
        </>
      ) : null}
    </div>
  );
}

function Findings(props: { findings: Finding[]; omitted: number }): JSX.Element {
  const shown = props.findings.slice(0, SHOWN_MAX);
  const hidden = props.findings.length - shown.length + props.omitted;
  return (
    <div class="findings">
      <Table
        caption={W.findings}
        columns={COLUMNS}
        items={shown}
        idOf={(one) => `${one.line} ${one.column} ${one.code} ${one.message}`}
      />
      {hidden > 0 ? <p class="quiet small">{W.omitted(hidden)}</p> : null}
    </div>
  );
}
