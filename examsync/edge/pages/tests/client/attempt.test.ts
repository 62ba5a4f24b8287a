/** An attempt on a device, with the server out of reach: disk, tabs and what a page is shown. */
import { afterEach, expect, test } from "vitest";
import { type Attempt, type AttemptView, NotTaken, openAttempt } from "../../src/client";
import { nothingStored } from "../../src/client/core/outbox";
import { nothingSeen } from "../../src/client/core/seen";
import { type Device, Steady } from "../../src/client/device";
import { type Kept, keyOf, openStorage } from "../../src/client/storage";
import { Locks, rig, until } from "./tabs";

const NOWHERE = "http://127.0.0.1:9/";
const open: Attempt[] = [];
const tokens: boolean[] = [];

function sit(device: Device, candidate = "asha"): Attempt {
  const getToken = async (anew: boolean) => {
    tokens.push(anew);
    return { token: "t", expires_at: 1_700_000_000_000 + 3_600_000 };
  };
  const attempt = openAttempt({ url: NOWHERE, exam: "e", candidate, getToken }, device);
  open.push(attempt);
  return attempt;
}

/** What a client that had started, and was then cut off, has left on the disk. */
async function leave(device: Device, more: Partial<Kept["seen"]> = {}): Promise<void> {
  const storage = await openStorage(device.indexedDB);
  const outbox = { ...nothingStored(), lease: "0000000000001-a", seq: 4 };
  const seen = { ...nothingSeen(), known: true, started_at: 1, deadline: 2, ...more };
  seen.state = more.state ?? "in_progress";
  await storage.put(keyOf(NOWHERE, "e", "asha"), { outbox, seen, at: 7 });
  storage.close();
}

const connected = (view: AttemptView): string => view.connection.state;

afterEach(async () => {
  await Promise.all(open.splice(0).map((attempt) => attempt.close()));
});

test("before anything is known, answers are refused rather than lost", async () => {
  const attempt = sit(rig().device);
  expect(() => attempt.answer("q1", "a")).toThrow(NotTaken);
  await until(() => connected(attempt.view.value) === "offline");
  expect(() => attempt.answer("q1", "a")).toThrow(NotTaken);
  expect(attempt.view.value).toMatchObject({ known: false, writable: false, storage: "disk" });
});

test("an answer given offline is on the device, and after a reload it is there", async () => {
  const { device } = rig();
  await leave(device);
  const attempt = sit(device);
  await until(() => attempt.view.value.writable);
  expect(attempt.view.value.saved_on_device_at).toBe(7);
  attempt.answer("q1", "a", { flag: true, spentMs: 1_500.4 });
  expect(attempt.view.value.saves["q1"]).toBe("unsaved");
  await until(() => attempt.view.value.saves["q1"] === "device");
  expect(attempt.view.value).toMatchObject({ waiting: 1, waiting_answers: 1, resting: 0 });
  expect(attempt.view.value.saved_on_device_at).toBe(1_700_000_000_000);
  await attempt.close();

  const again = sit(device);
  await until(() => again.view.value.waiting_answers === 1);
  expect(again.view.value.responses).toEqual({ q1: { response: "a", flag: true } });
  expect(again.view.value.saves).toEqual({ q1: "device" });
});

test("another candidate on the same device sees nothing of it", async () => {
  const { device } = rig();
  await leave(device);
  const other = sit(device, "ravi");
  await until(() => connected(other.view.value) === "offline");
  expect(other.view.value.known).toBe(false);
});

test("where nothing can be kept, things are taken, and the page can say so", async () => {
  const { device } = rig({ indexedDB: undefined });
  const attempt = sit(device);
  await until(() => connected(attempt.view.value) === "offline");
  expect(attempt.view.value.storage).toBe("memory");
  attempt.raiseHand(true);
  expect(attempt.view.value).toMatchObject({ hand: true, waiting: 1 });
});

test("a second tab sees that another one writes, and can take over all it has", async () => {
  const { device } = rig({ tabs: { locks: new Locks().manager } });
  await leave(device);
  const first = sit(device);
  await until(() => first.view.value.writable);
  first.answer("q1", "a");
  await until(() => first.view.value.saves["q1"] === "device");
  const second = sit(device);
  await until(() => second.view.value.writer === "other");
  expect(() => second.answer("q1", "b")).toThrow(/another tab/);
  second.takeBack();
  await until(() => second.view.value.writer === "this" && first.view.value.writer === "other");
  expect(second.view.value.responses["q1"]?.response).toBe("a");
  expect(() => first.answer("q1", "c")).toThrow(NotTaken);
  second.answer("q1", "b");
  await until(() => second.view.value.saves["q1"] === "device");
  await second.close();
  await until(() => first.view.value.responses["q1"]?.response === "b");
});

test("an attempt that was submitted takes nothing after a reload", async () => {
  const { device } = rig();
  await leave(device, { state: "submitted", receipt: "r-1" });
  const attempt = sit(device);
  await until(() => attempt.view.value.known);
  expect(attempt.view.value).toMatchObject({ writable: false, receipt: "r-1", state: "submitted" });
});

test("a token that cannot be had is tried again, or ends it, as its problem says", async () => {
  const { device, tell } = rig();
  let problem: object = new Error("no network");
  const getToken = () => Promise.reject(problem);
  const attempt = openAttempt({ url: NOWHERE, exam: "e", candidate: "x", getToken }, device);
  open.push(attempt);
  await until(() => connected(attempt.view.value) === "offline");
  expect(attempt.view.value.connection.next_try_at).not.toBeNull();
  problem = { code: "unauthorized", title: "", retry: false };
  tell("online");
  await until(() => connected(attempt.view.value) === "closed");
  expect(attempt.view.value.connection.reason).toBe("unauthorized");
});

test("a token that ends in a moment is renewed before it is used", async () => {
  const asked: boolean[] = [];
  const getToken = async (anew: boolean) => {
    asked.push(anew);
    return { token: "t", expires_at: anew ? 1_700_000_999_000 : 1_700_000_000_500 };
  };
  const options = { url: NOWHERE, exam: "e", candidate: "x", getToken };
  const attempt = openAttempt(options, rig().device);
  open.push(attempt);
  await until(() => connected(attempt.view.value) === "offline");
  expect(asked.slice(0, 2)).toEqual([false, true]);
});

test("a sleep or a set clock is noticed once", () => {
  const { device, clock } = rig();
  const time = new Steady(device);
  clock.steady += 5_000;
  clock.wall += 5_000;
  expect(time.jumped()).toBe(false);
  clock.wall += 3_600_000;
  expect(time.now()).toBe(1_700_000_005_000);
  expect([time.jumped(), time.jumped()]).toEqual([true, false]);
});
