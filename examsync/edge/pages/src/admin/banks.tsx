/** Question banks: what is in them, files in and out. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { BankQuestion, BankSummary, KeyedQuestion } from "protocol";
import { Button, dateTime, download, Field, Rich, Select, Table } from "../kit";
import { attempted, More, Shown, useList } from "./data";
import { BankImport } from "./importing";
import { PaperForm } from "./paperform";
import { goTo, write } from "./route";
import { WORDS } from "./words";

const W = WORDS.banks;
const COLUMNS = [
  { field: "bank", text: W.columns.bank },
  { field: "questions", text: W.columns.questions, end: true },
  { field: "kinds", text: W.columns.kinds },
  { field: "changed", text: W.columns.changed },
];
const FORMATS: [string, string][] = [
  ["csv", "CSV"],
  ["gift", "GIFT"],
  ["opentrivia", "OpenTriviaQA"],
];
const ID = /^[A-Za-z0-9_.:-]{1,64}$/;

export function Banks(props: { id: string }): JSX.Element {
  return props.id ? <Bank key={props.id} bank={props.id} /> : <AllBanks />;
}

function AllBanks(): JSX.Element {
  const list = useList<BankSummary>("admin/banks");
  const [importing, setImporting] = useState(false);
  const file = (what: string, name: string): void => {
    void attempted(() => download(`admin/banks/${what}`, name));
  };
  return (
    <>
      <div class="row head">
        <h1 class="grow">{WORDS.places.banks}</h1>
        <Button onClick={() => file("template", "template.csv")}>{W.template}</Button>
        <Button onClick={() => file("sample", "sample.csv")}>{W.sample}</Button>
        <Button look="main" onClick={() => setImporting(true)}>
          {W.import}
        </Button>
      </div>
      <Shown of={list} empty={(items) => items.length === 0}>
        {(items) => (
          <Table caption={WORDS.places.banks} columns={COLUMNS}>
            {items.map((one) => (
              <tr key={one.bank}>
                <td>
                  <a href={write("banks", one.bank)}>{one.bank}</a>
                </td>
                <td class="end number">{one.questions}</td>
                <td class="small">
                  {Object.entries(one.kinds ?? {})
                    .map(([kind, n]) => `${n} ${W.kinds[kind] ?? kind}`)
                    .join(", ")}
                </td>
                <td class="number small">{one.changed_at ? dateTime(one.changed_at) : ""}</td>
              </tr>
            ))}
          </Table>
        )}
      </Shown>
      <More of={list} />
      {importing ? <Import onClose={() => setImporting(false)} onDone={list.reload} /> : null}
    </>
  );
}

function Import(props: { bank?: string; onClose: () => void; onDone: () => void }): JSX.Element {
  const [bank, setBank] = useState(props.bank ?? "");
  const [format, setFormat] = useState("csv");
  const fine = ID.test(bank);
  return (
    <BankImport
      bank={bank}
      format={format}
      ready={fine}
      onClose={props.onClose}
      onDone={props.onDone}
    >
      <div class="two">
        <Field
          label={W.bank}
          value={bank}
          onInput={setBank}
          hint={W.bankHint}
          fault={bank === "" || fine ? "" : WORDS.faults.id}
          readOnly={props.bank !== undefined}
          required
        />
        <Select label={WORDS.report.format} value={format} onInput={setFormat} options={FORMATS} />
      </div>
    </BankImport>
  );
}

function Bank(props: { bank: string }): JSX.Element {
  const { bank } = props;
  const path = `admin/banks/${encodeURIComponent(bank)}`;
  const [q, setQ] = useState("");
  const [open, setOpen] = useState<"" | "import" | "paper">("");
  const list = useList<BankQuestion>(`${path}/questions`, { q });
  const file = (format: string): void => {
    void attempted(() => download(`${path}/export`, `${bank}.${format}`, { format }));
  };
  const close = (): void => setOpen("");
  return (
    <>
      <div class="row head">
        <div class="grow">
          <a class="small" href={write("banks")}>
            ← {W.back}
          </a>
          <h1>{bank}</h1>
        </div>
        <Button onClick={() => file("csv")}>{W.exportCsv}</Button>
        <Button onClick={() => file("gift")}>{W.exportGift}</Button>
        <Button onClick={() => setOpen("import")}>{W.import}</Button>
        <Button look="main" onClick={() => setOpen("paper")}>
          {W.paper}
        </Button>
      </div>
      <div class="row filters">
        <Field label={WORDS.search} type="search" value={q} onInput={setQ} />
        <span class="quiet">{list.data ? `${list.total}` : ""}</span>
      </div>
      <Shown of={list} empty={(items) => items.length === 0} none={q ? WORDS.noMatch : WORDS.none}>
        {(items) => (
          <Table
            caption={bank}
            columns={W.questionColumns.map((text, at) => ({ field: String(at), text }))}
          >
            {items.map((one) => (
              <Line key={one.question.external_id} one={one} />
            ))}
          </Table>
        )}
      </Shown>
      <More of={list} />
      {open === "import" ? <Import bank={bank} onClose={close} onDone={list.reload} /> : null}
      {open === "paper" ? (
        <PaperForm bank={bank} onClose={close} onDone={() => goTo("papers")} />
      ) : null}
    </>
  );
}

function Line(props: { one: BankQuestion }): JSX.Element {
  const { question, section } = props.one;
  return (
    <tr>
      <td class="small">{question.external_id}</td>
      <td class="small">{W.kinds[question.kind] ?? question.kind}</td>
      <td>
        <Rich text={question.stem} />
      </td>
      <td class="small">
        <Rich text={keyText(question)} />
      </td>
      <td class="small">{section}</td>
    </tr>
  );
}

/** The key of a question in words: the right options, or the answers that are accepted. */
function keyText(question: KeyedQuestion): string {
  const right = question.options.filter((option) => option.right).map((option) => option.text);
  return [...right, ...(right.length > 0 ? [] : question.answers)].join("; ");
}
