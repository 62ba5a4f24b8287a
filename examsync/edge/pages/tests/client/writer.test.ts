import { afterEach, expect, test } from "vitest";
import { type Tabs, type Writer, becomeWriter } from "../../src/client/writer";
import { Locks, until } from "./tabs";

const open: Writer[] = [];

function tab(name: string, tabs: Tabs): { said: string[]; writer: Writer } {
  const said: string[] = [];
  const writer = becomeWriter(name, tabs, {
    gained: (how) => said.push(`gained ${how}`),
    waiting: () => said.at(-1) !== "waiting" && said.push("waiting"),
    lost: async (mayWrite) => void said.push(`lost ${mayWrite ? "and writes" : "at once"}`),
  });
  open.push(writer);
  return { said, writer };
}

afterEach(() => {
  for (const writer of open.splice(0)) writer.release();
});

const channel = (name: string): BroadcastChannel => new BroadcastChannel(name);

test.each([
  ["locks", () => ({ locks: new Locks().manager }), "lost at once"],
  ["a channel", () => ({ channel }), "lost and writes"],
] as const)("by %s one tab writes, the next waits, and follows it", async (kind, make, lost) => {
  const tabs = make();
  const first = tab(kind, tabs);
  await until(() => first.said.includes("gained sure"));
  const second = tab(kind, tabs);
  await until(() => second.said.includes("waiting"));
  expect(second.said).toEqual(["waiting"]);
  first.writer.release();
  await until(() => second.said.includes("gained sure"));

  const third = tab(kind, tabs);
  await until(() => third.said.includes("waiting"));
  third.writer.steal();
  await until(() => third.said.includes("gained sure") && second.said.includes(lost));
  third.writer.release();
  await until(() => second.said.at(-1) === "gained sure");
});

test("attempts do not wait for each other", async () => {
  const tabs = { locks: new Locks().manager };
  const [one, other] = [tab("one", tabs), tab("other", tabs)];
  await until(() => one.said.length > 0 && other.said.length > 0);
  expect([one.said, other.said]).toEqual([["gained sure"], ["gained sure"]]);
});

test("of two tabs opened in the same moment one writes", async () => {
  const [one, other] = [tab("same", { channel }), tab("same", { channel })];
  const writes = (): number =>
    [one, other].filter(({ said }) => said.at(-1) === "gained sure").length;
  await until(() => writes() === 1 && [...one.said, ...other.said].includes("waiting"));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(writes()).toBe(1);
});

test("a browser that can do neither says that it cannot tell", async () => {
  const { said } = tab("x", {});
  await until(() => said.length > 0);
  expect(said).toEqual(["gained unsure"]);
});
