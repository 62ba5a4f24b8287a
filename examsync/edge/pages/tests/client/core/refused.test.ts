import { expect, test } from "vitest";
import { stampOf } from "../../../src/client/core/entry";
import { Outbox } from "../../../src/client/core/outbox";
import { nothingSeen } from "../../../src/client/core/seen";
import { sent } from "../../../src/client/core/sending";
import { type Action, Session } from "../../../src/client/core/session";
import { TinyServer, refused } from "./tiny-server";

const LEASE = "0000000000001-a";

test("a refusal that comes after the ack of another send is ignored", () => {
  const outbox = new Outbox();
  outbox.relet(LEASE, 0);
  const entry = outbox.answer("q1", "a");
  sent([entry], 0);
  const first = stampOf(entry);
  outbox.unanswered(first, 0);
  sent([entry], 0);
  const second = stampOf(entry);
  outbox.acked(first, [1, 4], "r");
  outbox.refuse(second, "attempt_closed", "");
  expect([outbox.entries, outbox.refused]).toEqual([[entry], []]);
});

test("a refused replay is shown as what had been acknowledged", () => {
  const outbox = new Outbox();
  outbox.relet(LEASE, 0);
  const entry = outbox.answer("q1", "a");
  sent([entry], 0);
  outbox.acked(stampOf(entry), [1, 4], "r");
  outbox.learnEpoch(2, 0);
  outbox.refuse(stampOf(entry), "unknown_item", "");
  expect(outbox.refused).toMatchObject([{ code: "unknown_item", was_acked: true }]);
});

test("a device that lost its lease does not take it back for what comes in late", () => {
  let ids = 0;
  const session = new Session("e", new Outbox(), nothingSeen(), () => 0.5, () => `i-${++ids}`);
  const server = new TinyServer();
  const act = (actions: readonly Action[], silent = ""): Action[] => {
    for (const action of actions) {
      if (action.do !== "send" || action.event === silent) continue;
      const reply = server.handle(1, "me", action.event, action.body);
      act(session.replied(action.ticket, reply, 0), silent);
    }
    return [...actions];
  };
  session.open(0);
  act(session.connected(0));
  session.outbox.command("start", { id: "s" });
  act(session.turn(0));
  const entry = session.outbox.answer("q1", "mine");
  const [flying] = act(session.turn(0), "answer");
  session.heard("lease_lost", { attempt: "a", lease: "9000000000000-zz" }, 1);
  if (flying?.do !== "send") throw new Error("the answer was not sent");
  const after = session.replied(flying.ticket, refused("lease_lost"), 2);
  for (let now = 3; now < 60_000; now += 1_000) after.push(...session.tick(now));
  expect(entry.body["response"]).toBe("mine");
  expect(after.filter((action) => action.do === "send" && action.event === "join")).toEqual([]);
  expect(session.reason).toBe("lease_lost");
});

test("an answer that no message can hold is refused here, and the others go", () => {
  const session = new Session("e", new Outbox(), nothingSeen(), () => 0.5, () => "id");
  const { outbox, exchange } = session;
  outbox.relet(LEASE, 0);
  outbox.bytesMax = 65_536;
  outbox.answer("q1", "आ".repeat(21_000)); // three bytes each, and the frame around them
  outbox.answer("q2", "आ".repeat(22_000));
  outbox.answer("q3", "b");
  const sends = exchange.flush(0).map(({ body }) => (body as { item: string }).item);
  expect(sends).toEqual(["q1", "q3"]);
  expect(outbox.refused).toMatchObject([{ code: "too_large", body: { item: "q2" } }]);
  expect(outbox.refused[0]?.detail).toMatch(/takes 660\d\d bytes, and a message 65536 at most/);
});

test("as long as no server has said what it takes, everything goes", () => {
  const outbox = new Outbox();
  outbox.relet(LEASE, 0);
  outbox.answer("q1", "x".repeat(90_000));
  const { exchange } = new Session("e", outbox, nothingSeen(), () => 0.5, () => "id");
  expect([exchange.flush(0).length, outbox.refused]).toEqual([1, []]);
});
