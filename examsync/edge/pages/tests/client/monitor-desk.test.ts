/** Acts on their way: over the socket what a message can hold, over HTTP what it cannot. */
import { afterEach, expect, test, vi } from "vitest";
import type { ActAck } from "protocol";
import { Desk } from "../../src/client/monitor-desk";
import type { MonitorLine } from "../../src/client/monitor-line";

const DONE = { ok: true, done: [], not_done: [], durable: true } as unknown as ActAck;
const called: unknown[] = [];
const posted: { path: string; body: Record<string, unknown> }[] = [];

function desk(status: number, said: object): Desk {
  vi.stubGlobal("fetch", async (url: URL, request: RequestInit) => {
    posted.push({ path: url.pathname, body: JSON.parse(String(request.body)) as never });
    return Response.json(said, { status });
  });
  const call = async (event: string, body: unknown) => {
    called.push([event, body]);
    return DONE;
  };
  const getToken = async () => ({ token: "t", expires_at: 0 });
  const options = { url: new URL("http://h/"), exam: "e", getToken };
  return new Desk(options, () => ({ open: true, call }) as unknown as MonitorLine, () => 0);
}

const many = (count: number) => Array.from({ length: count }, (_, n) => `exam-1:candidate-${n}`);
const extend = (count: number) => ({ attempts: many(count), extra_ms: 60_000, reason: "late" });

afterEach(() => {
  vi.unstubAllGlobals();
  called.length = posted.length = 0;
});

test("what a message can hold goes over the socket", async () => {
  const one = desk(200, DONE);
  expect(await one.act("extend", extend(500), {})).toEqual(DONE);
  expect([called.length, posted.length]).toEqual([1, 0]);
  one.close();
});

test("an act on thousands goes over HTTP, whole, and is answered like any other", async () => {
  const one = desk(200, DONE);
  expect(await one.act("extend", extend(5_000), {})).toEqual(DONE);
  expect([called.length, posted.length]).toEqual([0, 1]);
  expect(posted[0]?.path).toBe("/exams/e/acts/extend");
  expect(posted[0]?.body["attempts"]).toEqual(many(5_000));
  one.close();
});

test("what is refused there is refused, and told", async () => {
  const problem = { code: "forbidden", title: "Not yours.", detail: "", retry: false };
  const one = desk(403, problem);
  await expect(one.act("extend", extend(5_000), {})).rejects.toMatchObject({ code: "forbidden" });
  expect(one.acts.value[0]).toMatchObject({ state: "refused", problem: { code: "forbidden" } });
  one.close();
});
