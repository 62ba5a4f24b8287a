/** Question banks: what is in them, files in and out. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { BankQuestion, BankSummary } from "protocol";
import { Button, type Column, dateTime, download, Field, Rich, Select, Table } from "../kit";
import { attempted, More, Shown, useList } from "./data";
import { BankImport } from "./importing";
import { ListPage } from "./listpage";
import { PaperForm } from "./paperform";
import { keyText } from "./question";
import { goTo, write } from "./route";
import { ID } from "./terms";
import { WORDS } from "./words";

const W = WORDS.banks;
const COLUMNS: Column<BankSummary>[] = [
  {
    field: "bank",
    text: W.columns.bank,
    cell: (one) => <a href={write("banks", one.bank)}>{one.bank}</a>,
  },
  {
    field: "questions",
    text: W.columns.questions,
    end: true,
    look: "number",
    cell: (one) => one.questions,
  },
  {
    field: "kinds",
    text: W.columns.kinds,
    look: "small",
    cell: (one) =>
      Object.entries(one.kinds)
        .map(([kind, n]) => `${n} ${W.kinds[kind] ?? kind}`)
        .join(", "),
  },
  {
    field: "changed",
    text: W.columns.changed,
    look: "number small",
    cell: (one) => dateTime(one.changed_at),
  },
];
const QUESTIONS: Column<BankQuestion>[] = [
  {
    field: "stem",
    text: W.questions.stem,
    cell: ({ question }) => (
      <>
        <Rich text={question.stem} />
        {question.image ? <div class="quiet small">{W.picture}: {question.image}</div> : null}
        <div class="quiet small">{question.external_id}</div>
      </>
    ),
  },
  {
    field: "kind",
    text: W.questions.kind,
    look: "small",
    cell: ({ question }) => W.kinds[question.kind],
  },
  {
    field: "answer",
    text: W.questions.answer,
    look: "small",
    cell: ({ question }) => <Rich text={keyText(question)} />,
  },
  { field: "section", text: W.questions.section, look: "small", cell: (one) => one.section },
];
const FORMATS: [string, string][] = [
  ["csv", "CSV"],
  ["gift", "GIFT"],
  ["aiken", "Aiken"],
  ["opentrivia", "OpenTriviaQA"],
];

export function Banks(props: { id: string }): JSX.Element {
  return props.id ? <Bank key={props.id} bank={props.id} /> : <AllBanks />;
}

function AllBanks(): JSX.Element {
  const list = useList<BankSummary>("admin/banks");
  const file = (what: string, name: string): void => {
    void attempted(() => download(`admin/banks/${what}`, name));
  };
  const buttons = (
    <>
      <Button onClick={() => file("template", "template.csv")}>{W.template}</Button>
      <Button onClick={() => file("sample", "sample.csv")}>{W.sample}</Button>
    </>
  );
  return (
    <ListPage
      title={WORDS.places.banks}
      list={list}
      columns={COLUMNS}
      idOf={(one) => one.bank}
      buttons={buttons}
      create={W.import}
      form={(close) => <Import onClose={close} onDone={list.reload} />}
    />
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
      first={bank === "" ? W.nameFirst : fine ? "" : WORDS.faults.id}
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
        <span class="quiet">{list.data ? W.count(list.total) : ""}</span>
      </div>
      <Shown of={list} empty={(items) => items.length === 0} none={q ? WORDS.noMatch : WORDS.none}>
        {(items) => (
          <Table
            caption={bank}
            columns={QUESTIONS}
            items={items}
            idOf={(one) => one.question.external_id}
          />
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
