/** The candidate's client as it is built, in Node instead of a browser, for test_ts_client.py: it
 * does what lines of JSON on standard input say and prints a line of JSON at every change.
 *
 *   node sitter.js URL EXAM CANDIDATE INSTANCE TOKEN LIFE_MS TOKEN...
 *
 * The first token is said to live so long; whenever a fresh one is wanted, the next is given.
 */
import { createInterface } from "node:readline";
import { IDBFactory } from "fake-indexeddb";
import type { ResponseValue } from "protocol";
import { type Attempt, type Device, openAttempt } from "../../src/client";

const [url = "", exam = "", candidate = "", instance = "", ...tokens] = process.argv.slice(2);
const [first = "", life_ms = "", ...fresh] = tokens;
let given = { token: first, expires_at: Date.now() + Number(life_ms) };
let asked = 0;
/** Where the id of this browser profile is found, and nothing else. */
const profile = { getItem: () => instance } as unknown as Storage;

const device: Device = {
  tabs: {},
  indexedDB: new IDBFactory(),
  localStorage: profile,
  wall: () => Date.now(),
  steady: () => performance.now(),
  random: () => Math.random(),
  hidden: () => false,
  listen: () => () => undefined,
};

function opened(): Attempt {
  const getToken = async (anew: boolean) => {
    if (anew) {
      asked += 1;
      given = { token: fresh.shift() ?? given.token, expires_at: Date.now() + 3_600_000 };
    }
    return given;
  };
  const attempt = openAttempt({ url, exam, candidate, getToken }, device);
  let last = "";
  attempt.view.subscribe((view) => {
    const { paper, order, ...rest } = view;
    const items = paper?.sections.flatMap((section) => section.items) ?? [];
    const sized = { ...rest, items: items.map(({ id, kind, options }) => ({ id, kind, options })) };
    const line = JSON.stringify({ ...sized, ordered: order !== null, asked });
    if (line !== last) process.stdout.write(`${line}\n`);
    last = line;
  });
  return attempt;
}

interface Told {
  answer?: { item: string; response: ResponseValue; flag?: boolean };
  do?: "start" | "submit" | "reload" | "retry" | "hand" | "signal" | "take_back" | "close";
}

let attempt = opened();

async function told({ answer, do: what }: Told): Promise<void> {
  if (answer) attempt.answer(answer.item, answer.response, { flag: answer.flag ?? false });
  else if (what === "start") attempt.start();
  else if (what === "submit") attempt.submit();
  else if (what === "retry") attempt.retryNow();
  else if (what === "hand") attempt.raiseHand(true, "please");
  else if (what === "take_back") attempt.takeBack();
  else if (what === "signal") attempt.violation("tab_hidden", "twice");
  else await attempt.close();
  if (what === "reload") attempt = opened();
}

createInterface({ input: process.stdin }).on("line", (line) => {
  told(JSON.parse(line) as Told).catch((error: unknown) => {
    process.stdout.write(`${JSON.stringify({ failed: String(error) })}\n`);
  });
});
