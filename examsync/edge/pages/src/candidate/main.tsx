/** The entry of the candidate's page: from the door to the results. */
import { signal } from "@preact/signals";
import { type JSX, render } from "preact";
import { Toasts, session } from "../kit";
import "./page.css";
import "./sitting.css";
import "./palette.css";
import { Enter } from "./entering";
import { Exams } from "./exams";
import { Place } from "./place";

/** The exam that is entered; null: the list of them. */
const exam = signal<string | null>(null);

function Page(): JSX.Element {
  const who = session.value;
  return (
    <>
      <Toasts />
      {who === null || who.role !== "candidate" ? (
        <Enter />
      ) : exam.value === null ? (
        <Exams onEnter={(id) => (exam.value = id)} />
      ) : (
        <Place
          key={`${who.subject} ${exam.value}`}
          exam={exam.value}
          onBack={() => (exam.value = null)}
        />
      )}
    </>
  );
}

session.subscribe((who) => {
  if (who === null) exam.value = null;
});
render(<Page />, document.getElementById("app") as HTMLElement);
