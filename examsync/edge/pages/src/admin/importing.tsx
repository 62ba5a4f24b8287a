/** Importing a file: first what it would do, every finding by line and column; then doing it. */
import type { ComponentChildren, JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { ImportReport, RosterReport } from "protocol";
import { Banner, Button, call, Dialog, explain } from "../kit";
import { reportIn } from "./data";
import { type Outcome, Told } from "./report";
import { WORDS } from "./words";

const W = WORDS.report;
const IMPORT_TIMEOUT_MS = 120_000;

function Importing(props: {
  title: string;
  hint?: ComponentChildren;
  accept: string;
  /** What has to be said before a file can be chosen; "" when nothing has. */
  first?: string;
  /** Send the file; the report as an Outcome. Raises ProblemError. */
  send: (file: File, options: { commit: boolean; skip_bad: boolean }) => Promise<Outcome>;
  onClose: () => void;
  onDone: () => void;
  children?: ComponentChildren;
}): JSX.Element {
  const { send, onDone, onClose, first = "" } = props;
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
        <Choose accept={props.accept} busy={busy} first={first} onFile={(one) => void read(one)} />
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
      {outcome && !outcome.committed && outcome.good > 0 ? (
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
  first: string;
  onFile: (file: File) => void;
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file && !props.first) props.onFile(file);
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
        <span>{props.busy ? W.checking : props.first || W.drop}</span>
        <input
          ref={input}
          type="file"
          accept={props.accept}
          disabled={props.busy || props.first !== ""}
          onChange={(event) => take(event.currentTarget.files)}
        />
      </label>
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
          good: report.new + report.changed + report.unchanged,
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
  first: string;
  onClose: () => void;
  onDone: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const { bank, format } = props;
  return (
    <Importing
      title={WORDS.banks.importTitle}
      accept=".csv,.txt,.tsv,.gift,.aiken,text/*"
      first={props.first}
      onClose={props.onClose}
      onDone={props.onDone}
      send={async (file, options) => {
        const path = `admin/banks/${encodeURIComponent(bank)}/import`;
        const report = await sent<ImportReport>(path, file, { format, ...options });
        return {
          committed: report.committed,
          rows: report.rows,
          good: report.accepted + report.updated + report.unchanged,
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
