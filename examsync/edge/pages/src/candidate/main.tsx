/** The entry of the candidate's page: from the door to the results. */
import { signal } from "@preact/signals";
import { type JSX, render } from "preact";
import { Toasts, session } from "../kit";
import "./page.css";
import "./sitting.css";
import "./palette.css";
import { Enter } from "./entering";
import { Exams, stay } from "./exams";
import { keepOpen, recallOpen } from "./memory";
import { Place } from "./place";

/** The exam that is entered; null: the list of them. */
const exam = signal<string | null>(session.value && recallOpen(session.value.subject));

function enter(id: string): void {
  exam.value = id;
  keepOpen(session.value?.subject ?? "", id);
}

function back(): void {
  exam.value = null;
  keepOpen("", null);
  stay();
}

function Page(): JSX.Element {
  const who = session.value;
  return (
    <>
      <Toasts />
      {who === null || who.role !== "candidate" ? (
        <Enter />
      ) : exam.value === null ? (
        <Exams onEnter={enter} />
      ) : (
        <Place key={`${who.subject} ${exam.value}`} exam={exam.value} onBack={back} />
      )}
    </>
  );
}

session.subscribe((who) => {
  if (who !== null) return;
  exam.value = null;
  keepOpen("", null);
});
render(<Page />, document.getElementById("app") as HTMLElement);
