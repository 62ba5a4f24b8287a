/** Acts keep their id, are repeated until answered, and are over only when durable. */
import { describe, expect, it } from "vitest";
import type { ActAck } from "protocol";
import {
  ACTS_MAX,
  added,
  answered,
  bodyOf,
  CONFIRM_AFTER_MS,
  confirmed,
  confirming,
  type Errand,
  errand,
  isOver,
  next,
  noticed,
  refused,
  revived,
  sending,
  unanswered,
  withdrawable,
  withdrawn,
} from "../../src/client/monitor-acts";

const NOW = 1_000_000;
const made = (id: string, more: object = {}): Errand =>
  errand({ id, act: "pause", terms: { attempts: ["a", "b"], reason: "r" }, made_at: NOW, ...more });
const ack = (more: Partial<ActAck> = {}): ActAck => ({
  ...{ id: "1", done: ["a"], not_done: [], ok: true, receipts: { a: "receipt" } },
  ...more,
});

describe("the order of sending", () => {
  it("is the order of making, one at a time", () => {
    const [first, second] = [made("1"), made("2")];
    expect(next([first, second], NOW)?.id).toBe("1");
    expect(next([sending(first), second], NOW)).toBeNull();
    const over = answered(sending(first), ack(), NOW);
    expect(next([over, second], NOW)?.id).toBe("2");
  });

  it("does not let a later act pass one that waits to be repeated", () => {
    const again = unanswered(sending(made("1")), NOW, 5_000);
    expect(next([again, made("2")], NOW)).toBeNull();
    expect(next([again, made("2")], NOW + 5_000)?.id).toBe("1");
  });

  it("waits longer with every try, and as long as the server asks", () => {
    const once = unanswered(sending(made("1")), NOW);
    const twice = unanswered(sending(once), NOW);
    expect(twice.not_before).toBeGreaterThan(once.not_before);
    expect(unanswered(sending(made("1")), NOW, 60_000).not_before).toBe(NOW + 60_000);
  });
});

describe("an act", () => {
  it("is sent under the same id with the same terms however often", () => {
    const first = sending(made("1"));
    const again = sending(unanswered(first, NOW));
    expect(bodyOf("e", again)).toEqual(bodyOf("e", first));
    expect(bodyOf("e", first)).toEqual({ id: "1", exam: "e", attempts: ["a", "b"], reason: "r" });
  });

  it("can be withdrawn until it was sent, and not after", () => {
    expect(withdrawn(made("1")).state).toBe("withdrawn");
    const unknown = unanswered(sending(made("1")), NOW);
    expect(withdrawable(unknown)).toBe(false);
    expect(withdrawn(unknown)).toBe(unknown);
  });

  it("notes to whom it was not done and why", () => {
    const problem = { code: "attempt_closed", title: "Closed.", retry: false } as const;
    const said = answered(sending(made("1")), ack({ not_done: [{ attempt: "b", problem }] }), NOW);
    expect(said).toMatchObject({ state: "done", done: ["a"], durable: false });
    expect(said.not_done).toEqual([
      { attempt: "b", code: "attempt_closed", title: "Closed.", detail: "" },
    ]);
  });

  it("that was refused is over", () => {
    const no = refused(sending(made("1")), { code: "forbidden", title: "No.", retry: false });
    expect(isOver(no)).toBe(true);
    expect(no.problem).toEqual({ code: "forbidden", title: "No.", detail: "" });
  });
});

describe("until it is durable", () => {
  const done = answered(sending(made("1")), ack(), NOW);

  it("it is repeated with its receipts, and for nobody it was not done to", () => {
    expect(isOver(done)).toBe(false);
    expect(confirming([done], NOW)).toBeNull();
    expect(confirming([done], NOW + CONFIRM_AFTER_MS)).toBe(done);
    expect(bodyOf("e", done, true)).toEqual({
      ...{ id: "1", exam: "e", reason: "r", attempts: ["a"], receipts: { a: "receipt" } },
    });
  });

  it("a repeat that does not know, or fails, comes again later", () => {
    const still = confirmed(done, ack({ durable: false }), NOW);
    expect(still.durable).toBe(false);
    expect(still.not_before).toBeGreaterThan(NOW);
    expect(confirmed(done, null, NOW).durable).toBe(false);
  });

  it("and then nothing more is asked", () => {
    const over = confirmed(done, ack({ durable: true }), NOW);
    expect(isOver(over)).toBe(true);
    expect(over.receipts).toEqual({});
    expect(confirming([over], NOW * 2)).toBeNull();
  });

  it("an act that was done to nobody, or to the whole exam, has nothing to wait for", () => {
    expect(isOver(answered(sending(made("1")), ack({ done: [] }), NOW))).toBe(true);
    const all = errand({ id: "1", act: "pause", terms: { attempts: "all" }, made_at: NOW });
    expect(isOver(answered(sending(all), ack({ done: [], durable: true }), NOW))).toBe(true);
    expect(bodyOf("e", all, true)).toEqual({ id: "1", exam: "e", attempts: "all" });
  });
});

describe("notices", () => {
  it("know who has seen them, each once", () => {
    const sent = answered(sending(made("1", { act: "message" })), ack({ done: ["a", "b"] }), NOW);
    const seen = [
      { attempt: "a", notice: "1" },
      { attempt: "a", notice: "1" },
      { attempt: "z", notice: "other" },
    ];
    expect(noticed([sent], seen)[0]).toMatchObject({ meant_for: 2, seen: ["a"] });
  });

  it("of others change nothing", () => {
    const mine = [made("1")];
    expect(noticed(mine, [{ attempt: "a", notice: "x" }])).toBe(mine);
  });

  it("to everybody are for as many as were counted when it was made", () => {
    const all = errand({ id: "1", act: "announce", terms: {}, made_at: NOW, meantFor: 40 });
    expect(answered(sending(all), ack({ done: [] }), NOW).meant_for).toBe(40);
    expect(bodyOf("e", all)).toEqual({ id: "1", exam: "e", text: "" });
  });
});

describe("what is kept", () => {
  it("is bounded, and what is not over is never let go", () => {
    let all: Errand[] = [made("first")];
    for (let at = 0; at < ACTS_MAX + 20; at++) all = added(all, withdrawn(made(`w${at}`)));
    expect(all).toHaveLength(ACTS_MAX);
    expect(all[0]?.id).toBe("first");
  });

  it("comes back after a reload with what was under way to be asked again", () => {
    const [back] = revived([sending(made("1"))]);
    expect(back).toMatchObject({ state: "waiting", tries: 1, seen_sure: false });
    expect(back && withdrawable(back)).toBe(false);
  });
});
