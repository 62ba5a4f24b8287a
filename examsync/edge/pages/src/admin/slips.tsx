/** Slips to print and cut: a candidate, a hall, a code, a link. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExamView, Slip, Slips as MadeSlips } from "protocol";
import { BASE, Banner, Button, Confirm, dateTime, post, save } from "../kit";
import { attempted, Shown, useLoad } from "./data";
import { csv } from "./findings";
import { write } from "./route";
import { WORDS } from "./words";

const W = WORDS.slips;

export function Slips(props: { exam: ExamView }): JSX.Element {
  const { exam } = props;
  const path = `admin/exams/${encodeURIComponent(exam.exam)}/slips`;
  const slips = useLoad(path, () => post<MadeSlips>(path));
  const [asking, setAsking] = useState(false);
  const renew = async (): Promise<void> => {
    setAsking(false);
    if (await attempted(() => post(path, { renew: true }), WORDS.done)) slips.reload();
  };
  const keep = (items: Slip[]): void => {
    const head = ["candidate", "name", "hall", "group", "code", "link"];
    const rows = items.map((one) => [
      one.candidate,
      one.name,
      one.hall,
      one.group,
      one.code,
      linkOf(one),
    ]);
    save(new Blob([csv([head, ...rows])], { type: "text/csv" }), `${exam.exam}-codes.csv`);
  };
  return (
    <section class="stack">
      <div class="row no-print">
        <a class="small grow" href={write("exams", exam.exam, "roster")}>
          ← {W.back}
        </a>
        <Button look="main" onClick={() => window.print()}>
          {W.print}
        </Button>
        <Button onClick={() => keep(slips.data?.items ?? [])}>{W.csv}</Button>
        <Button look="danger" onClick={() => setAsking(true)}>
          {W.renew}
        </Button>
      </div>
      <p class="quiet small no-print">{W.text}</p>
      {exam.status === "draft" ? (
        <div class="no-print">
          <Banner tone="info">{WORDS.roster.slipsNeedPublish}</Banner>
        </div>
      ) : null}
      <Shown of={slips} empty={({ items }) => items.length === 0} none={WORDS.roster.nobody}>
        {({ items }) => (
          <ul class="slips">
            {items.map((one) => (
              <Cut key={one.candidate} slip={one} exam={exam} />
            ))}
          </ul>
        )}
      </Shown>
      <Confirm
        open={asking}
        title={W.renew}
        text={W.renewText}
        yes={W.renew}
        no={WORDS.cancel}
        danger
        onYes={() => void renew()}
        onNo={() => setAsking(false)}
      />
    </section>
  );
}

function linkOf(slip: Slip): string {
  return `${BASE.href}#code=${slip.code}`;
}

function Cut(props: { slip: Slip; exam: ExamView }): JSX.Element {
  const { slip, exam } = props;
  const id = slip.name ? slip.candidate : "";
  const about = [id, slip.hall, slip.group].filter(Boolean).join(" · ");
  return (
    <li class="slip">
      <strong>{slip.name || slip.candidate}</strong>
      <span class="quiet small">{about}</span>
      <span>{exam.title}</span>
      <span class="small">{dateTime(exam.opens_at)}</span>
      <span class="code" aria-label={W.code}>
        {slip.code}
      </span>
      <span class="small">
        {W.at} {BASE.href}
      </span>
    </li>
  );
}
