/** Importing a file: first what it would do, every finding by line and column; then doing it. */
import type { ComponentChildren, JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { ImportReport, RosterReport } from "protocol";
import { Badge, Banner, Button, call, Dialog, explain, save, type Tone } from "../kit";
import { reportIn } from "./data";
import { type Finding, findingsCsv, inOrder } from "./findings";
import { WORDS } from "./words";

const W = WORDS.report;
const SHOWN_MAX = 300;
const IMPORT_TIMEOUT_MS = 120_000;
const TONES: Record<string, Tone> = { error: "bad", warning: "warn", info: "info" };

/** What both kinds of report come down to here. */
interface Outcome {
  committed: boolean;
  rows: number;
  summary: string;
  findings: Finding[];
  omitted: number;
}

function Importing(props: {
  title: string;
  hint?: ComponentChildren;
  accept: string;
  ready?: boolean;
  /** Send the file; the report as an Outcome. Raises ProblemError. */
  send: (file: File, options: { commit: boolean; skip_bad: boolean }) => Promise<Outcome>;
  onClose: () => void;
  onDone: () => void;
  children?: ComponentChildren;
}): JSX.Element {
  const { send, onDone, onClose, ready = true } = props;
  const [file, setFile] = useState<File | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const read = async (chosen: File, options = { commit: false, skip_bad: false }) => {
    setFile(chosen);
    setBusy(true);
    setFault("");
    try {
      const found = await send(chosen, options);
      setOutcome(found);
      if (found.committed) onDone();
    } catch (error) {
      setFault(explain(error));
      if (!options.commit) setOutcome(null);
    } finally {
      setBusy(false);
    }
  };
  const again = (): void => {
    setFile(null);
    setOutcome(null);
    setFault("");
  };
  return (
    <Dialog title={props.title} open onClose={onClose} wide>
      {props.hint ? <p class="quiet small">{props.hint}</p> : null}
      {props.children}
      {fault ? (
        <Banner tone="bad" live="assertive">
          {fault}
        </Banner>
      ) : null}
      {outcome === null ? (
        <Choose accept={props.accept} busy={busy} ready={ready} onFile={(one) => void read(one)} />
      ) : (
        <Told outcome={outcome} name={file?.name ?? ""} />
      )}
      <Foot
        outcome={outcome}
        busy={busy}
        onClose={onClose}
        onAgain={again}
        onCommit={(skip_bad) => file && void read(file, { commit: true, skip_bad })}
      />
    </Dialog>
  );
}

function Foot(props: {
  outcome: Outcome | null;
  busy: boolean;
  onClose: () => void;
  onAgain: () => void;
  onCommit: (skipBad: boolean) => void;
}): JSX.Element {
  const { outcome, busy } = props;
  const errors = outcome?.findings.some((one) => one.severity === "error") ?? false;
  return (
    <div class="row end-row">
      {outcome && !outcome.committed ? <Button onClick={props.onAgain}>{W.another}</Button> : null}
      <Button onClick={props.onClose}>{outcome?.committed ? WORDS.close : WORDS.cancel}</Button>
      {outcome && !outcome.committed ? (
        <Button look="main" busy={busy} onClick={() => props.onCommit(errors)}>
          {errors ? W.skip : W.commit}
        </Button>
      ) : null}
    </div>
  );
}

function Choose(props: {
  accept: string;
  busy: boolean;
  ready: boolean;
  onFile: (file: File) => void;
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file && props.ready) props.onFile(file);
  };
  return (
    <div
      class={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <label class="stack">
        <span>{props.busy ? W.checking : W.drop}</span>
        <input
          ref={input}
          type="file"
          accept={props.accept}
          disabled={props.busy || !props.ready}
          onChange={(event) => take(event.currentTarget.files)}
        />
      </label>
    </div>
  );
}

function Told(props: { outcome: Outcome; name: string }): JSX.Element {
  const { outcome } = props;
  const findings = inOrder(outcome.findings);
  const count = (severity: string): number =>
    findings.filter((one) => one.severity === severity).length;
  const keep = (): void => {
    save(new Blob([findingsCsv(findings)], { type: "text/csv" }), `${props.name}-findings.csv`);
  };
  return (
    <div class="stack" aria-live="polite" data-testid="report">
      <Banner tone={outcome.committed ? "good" : "info"}>
        {outcome.committed ? W.committed : W.dry}
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
    <div class="table-frame findings" tabIndex={0} role="region" aria-label={W.errorsCsv}>
      <table class="table">
        <thead>
          <tr>
            {W.columns.map((column, at) => (
              <th key={at} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((one, at) => (
            <tr key={at}>
              <td class="number">{one.line || ""}</td>
              <td>{one.column}</td>
              <td>{one.message}</td>
              <td>
                <Badge tone={TONES[one.severity ?? "error"] ?? "bad"}>
                  {W.severities[one.severity ?? "error"]}
                </Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 ? <p class="quiet small">{W.omitted(hidden)}</p> : null}
    </div>
  );
}

async function sent<T>(path: string, file: File, query: Record<string, string | boolean>) {
  try {
    return await call<T>("POST", path, {
      body: file,
      type: "application/octet-stream",
      query,
      timeout_ms: IMPORT_TIMEOUT_MS,
    });
  } catch (error) {
    const report = reportIn(error);
    if (report === undefined) throw error;
    return report as T;
  }
}

export function RosterImport(props: {
  path: string;
  onClose: () => void;
  onDone: () => void;
}): JSX.Element {
  return (
    <Importing
      title={WORDS.roster.importTitle}
      hint={WORDS.roster.importHint}
      accept=".csv,.txt,.tsv,text/csv"
      onClose={props.onClose}
      onDone={props.onDone}
      send={async (file, options) => {
        const report = await sent<RosterReport>(props.path, file, options);
        const errors = report.errors.map((one) => ({ ...one, severity: "error" as const }));
        const warnings = report.warnings.map((one) => ({ ...one, severity: "warning" as const }));
        return {
          committed: report.committed,
          rows: report.rows,
          summary: W.roster(report),
          findings: [...errors, ...warnings],
          omitted: report.omitted,
        };
      }}
    />
  );
}

export function BankImport(props: {
  bank: string;
  format: string;
  ready: boolean;
  onClose: () => void;
  onDone: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const { bank, format } = props;
  return (
    <Importing
      title={WORDS.banks.importTitle}
      accept=".csv,.txt,.tsv,.gift,text/*"
      ready={props.ready}
      onClose={props.onClose}
      onDone={props.onDone}
      send={async (file, options) => {
        const path = `admin/banks/${encodeURIComponent(bank)}/import`;
        const report = await sent<ImportReport>(path, file, { format, ...options });
        return {
          committed: report.committed,
          rows: report.rows,
          summary: W.bank(report),
          findings: report.problems,
          omitted: report.problems_omitted,
        };
      }}
    >
      {props.children}
    </Importing>
  );
}
