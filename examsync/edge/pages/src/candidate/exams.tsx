/** The candidate's exams; who has just one, or a code for one, does not see this list. */
import { useEffect, useState } from "preact/hooks";
import type { JSX } from "preact";
import type { MyExam, MyExams } from "protocol";
import {
  Badge,
  Banner,
  Button,
  dateTime,
  duration,
  explain,
  get,
  session,
  signOut,
} from "../kit";
import { WORDS } from "./words";

/** Shared with the page before the start, which tells how long the exam lasts. */
export const mine = new Map<string, MyExam>();

/** Whose seat it is: as on the roll, as the account says, or the id. */
export function nameIn(exam: string): string {
  return mine.get(exam)?.name || session.value?.name || session.value?.subject || "";
}

/** The list of one's own exams. Raises ProblemError. */
export async function fetchMine(): Promise<MyExam[]> {
  const { items } = await get<MyExams>("my/exams", { limit: 200 });
  for (const one of items) mine.set(one.exam, one);
  return items;
}

let chosen = false;

/** Whoever comes back to the list wants to see it, also if there is one exam only. */
export function stay(): void {
  chosen = true;
}

export function Exams(props: { onEnter: (exam: string) => void }): JSX.Element {
  const [items, setItems] = useState<MyExam[] | null>(null);
  const [fault, setFault] = useState("");
  const load = (): void => {
    setFault("");
    fetchMine()
      .then((found) => {
        setItems(found);
        const only = found[0];
        if (!chosen && only && found.length === 1) props.onEnter(only.exam);
        chosen = true;
      })
      .catch((error: unknown) => setFault(explain(error)));
  };
  useEffect(load, []);
  return (
    <main class="door stack">
      <header class="row">
        <h1 class="grow">{WORDS.exams.title}</h1>
        <span class="quiet">{session.value?.name || session.value?.subject}</span>
        <Button slim onClick={() => void signOut().catch(() => undefined)}>
          {WORDS.entering.signOut}
        </Button>
      </header>
      {fault ? (
        <Banner tone="bad" live="assertive">
          {fault}{" "}
          <Button slim onClick={load}>
            {WORDS.entering.again}
          </Button>
        </Banner>
      ) : items === null ? (
        <p role="status">{WORDS.entering.opening}</p>
      ) : items.length === 0 ? (
        <p>{WORDS.exams.none}</p>
      ) : (
        <ul class="exams">
          {items.map((one) => (
            <Card key={one.exam} one={one} onEnter={props.onEnter} />
          ))}
        </ul>
      )}
    </main>
  );
}

function Card(props: { one: MyExam; onEnter: (exam: string) => void }): JSX.Element {
  const { one } = props;
  const running = one.state === "in_progress" || one.state === "paused";
  const open = running || one.state === "not_started";
  return (
    <li class="card row">
      <div class="grow">
        <h2>{one.title}</h2>
        <p class="quiet">{WORDS.exams.window(dateTime(one.opens_at), dateTime(one.window_end))}</p>
        <p class="quiet">{WORDS.exams.lasts(duration(one.duration_ms))}</p>
      </div>
      <Badge tone={running ? "info" : "quiet"}>{WORDS.exams.states[one.state]}</Badge>
      <Button look={open ? "main" : undefined} onClick={() => props.onEnter(one.exam)}>
        {running ? WORDS.exams.on : open ? WORDS.exams.go : WORDS.exams.results}
      </Button>
    </li>
  );
}
