/** One exam: what it is, who sits it, what came of it; publishing, copying, archiving. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExamView } from "protocol";
import {
  Badge,
  Banner,
  Button,
  Confirm,
  dateTime,
  duration,
  get,
  Menu,
  post,
  zone,
} from "../kit";
import { CopyForm } from "./copyform";
import { attempted, Shown, useLoad } from "./data";
import { ExamForm } from "./examform";
import { STATUS_TONES, statesText } from "./exams";
import { Results } from "./results";
import { Roster } from "./roster";
import { goTo, route, write } from "./route";
import { Slips } from "./slips";
import { WORDS } from "./words";

const W = WORDS.exam;
type Open = "" | "publish" | "archive" | "copy" | "change";

export function Exam(props: { id: string }): JSX.Element {
  const path = `admin/exams/${encodeURIComponent(props.id)}`;
  const loaded = useLoad(path, (signal) => get<ExamView>(path, {}, signal));
  const [open, setOpen] = useState<Open>("");
  const close = (): void => setOpen("");
  const act = async (what: "publish" | "archive"): Promise<void> => {
    close();
    if (await attempted(() => post(`${path}/${what}`), WORDS.done)) loaded.reload();
  };
  return (
    <Shown of={loaded} back={<Back />}>
      {(exam) => (
        <>
          <Head exam={exam} onOpen={setOpen} />
          <Tab exam={exam} reload={loaded.reload} />
          <Confirm
            open={open === "publish"}
            title={W.publishTitle}
            text={`${exam.candidates === 0 ? `${W.publishNobody} ` : ""}${W.publishText}`}
            yes={W.publish}
            no={WORDS.cancel}
            onYes={() => void act("publish")}
            onNo={close}
          />
          <Confirm
            open={open === "archive"}
            title={W.archiveTitle}
            text={W.archiveText}
            yes={W.archive}
            no={WORDS.cancel}
            danger
            onYes={() => void act("archive")}
            onNo={close}
          />
          {open === "copy" ? (
            <CopyForm exam={exam} onClose={close} onDone={(id) => goTo("exams", id)} />
          ) : null}
          {open === "change" ? (
            <ExamForm exam={exam} onClose={close} onDone={loaded.reload} />
          ) : null}
        </>
      )}
    </Shown>
  );
}

function Back(): JSX.Element {
  return (
    <a class="small" href={write("exams")}>
      ← {W.back}
    </a>
  );
}

function Head(props: { exam: ExamView; onOpen: (open: Open) => void }): JSX.Element {
  const { exam, onOpen } = props;
  const tabs = Object.entries(W.tabs);
  const open = route.value.tab === "slips" ? "roster" : route.value.tab;
  const here = tabs.some(([tab]) => tab === open) ? open : "overview";
  const archived = exam.status === "archived";
  return (
    <>
      <div class="row head">
        <div class="grow">
          <Back />
          <h1>
            {exam.title}{" "}
            <Badge tone={STATUS_TONES[exam.status]}>{WORDS.statuses[exam.status]}</Badge>
          </h1>
        </div>
        {exam.status === "draft" ? (
          <Button look="main" onClick={() => onOpen("publish")}>
            {W.publish}
          </Button>
        ) : archived ? null : (
          <a class="button" href={`./monitor#exam=${encodeURIComponent(exam.exam)}`}>
            {W.watch}
          </a>
        )}
        <Menu
          label={WORDS.more}
          entries={[
            {
              text: W.change,
              onPick: () => onOpen("change"),
              whyNot: archived ? WORDS.statuses.archived : "",
            },
            { text: W.copy, onPick: () => onOpen("copy") },
            {
              text: W.archive,
              onPick: () => onOpen("archive"),
              whyNot: archived ? WORDS.statuses.archived : "",
            },
          ]}
        />
      </div>
      <nav class="tabs" aria-label={exam.title}>
        {tabs.map(([tab, text]) => (
          <a
            key={tab}
            href={write("exams", exam.exam, tab)}
            aria-current={tab === here ? "page" : undefined}
          >
            {text}
          </a>
        ))}
      </nav>
    </>
  );
}

function Tab(props: { exam: ExamView; reload: () => void }): JSX.Element {
  const { exam, reload } = props;
  switch (route.value.tab) {
    case "roster":
      return <Roster exam={exam} reload={reload} />;
    case "slips":
      return <Slips exam={exam} />;
    case "results":
      return <Results exam={exam} />;
    default:
      return <Overview exam={exam} />;
  }
}

function Overview(props: { exam: ExamView }): JSX.Element {
  const { exam } = props;
  const facts: [string, string][] = [
    ["opens_at", dateTime(exam.opens_at)],
    ["window_end", dateTime(exam.window_end)],
    ["closes_at", dateTime(exam.closes_at)],
    ["duration_ms", duration(exam.duration_ms)],
    ["takeover", WORDS.takeover[exam.takeover]],
    ["late_policy", WORDS.late[exam.late_policy]],
    ["grace_ms", duration(exam.grace_ms)],
    ["heartbeat_period_s", `${exam.heartbeat_period_s} s`],
    ["created", W.by(dateTime(exam.created_at), exam.created_by)],
  ];
  if (exam.granted_ms > 0) facts.push(["granted_ms", duration(exam.granted_ms)]);
  const states = statesText(exam.states);
  return (
    <section class="card stack">
      {exam.frozen.length > 0 ? <Banner tone="info">{W.frozen}</Banner> : null}
      <p>
        <strong>{W.seated(exam.candidates)}</strong>
        {states ? `: ${states}` : ""}
      </p>
      <dl class="pairs">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{W.facts[name]}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>{W.facts["paper"]}</dt>
          <dd>
            <a href={write("papers", exam.paper)}>{exam.paper}</a>
          </dd>
        </div>
      </dl>
      <p class="quiet small">{W.zone(zone())}</p>
    </section>
  );
}
