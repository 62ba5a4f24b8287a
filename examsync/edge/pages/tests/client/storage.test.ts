import { IDBFactory } from "fake-indexeddb";
import { expect, test } from "vitest";
import { nothingStored } from "../../src/client/core/outbox";
import { nothingSeen } from "../../src/client/core/seen";
import { Keeper } from "../../src/client/keeper";
import { type Kept, type Storage, keyOf, openStorage, readKept } from "../../src/client/storage";

const kept = (at: number): Kept => ({ outbox: nothingStored(), seen: nothingSeen(), at });

test("what is put on the disk is there after it is opened again", async () => {
  const factory = new IDBFactory();
  const first = await openStorage(factory);
  expect(first.kind).toBe("disk");
  await first.put("a", kept(5));
  first.close();
  const second = await openStorage(factory);
  expect(await second.get("a")).toEqual(kept(5));
  expect(await second.get("b")).toBeNull();
});

test("without a disk, or with one that refuses, it is memory", async () => {
  expect((await openStorage(undefined)).kind).toBe("memory");
  const refusing = { open: () => { throw new DOMException("no", "SecurityError"); } };
  const storage = await openStorage(refusing as unknown as IDBFactory);
  expect(storage.kind).toBe("memory");
  await storage.put("a", kept(5));
  expect(await storage.get("a")).toEqual(kept(5));
});

test("two candidates, exams or servers never share what is kept", () => {
  const keys = [
    keyOf("http://a/", "e", "c"),
    keyOf("http://a/", "e", "d"),
    keyOf("http://a/", "ec", ""),
    keyOf("http://b/", "e", "c"),
  ];
  expect(new Set(keys).size).toBe(4);
  expect(keyOf("http://a", "e", "c")).toBe(keys[0]);
});

test("what an older version has kept gets what is new, and what is not ours is nothing", () => {
  const { durable: _, ...older } = nothingStored();
  const found = readKept({ outbox: older, seen: { title: "t" }, at: 1 });
  expect(found?.outbox.durable).toEqual([0, 0]);
  expect(found?.seen).toMatchObject({ title: "t", state: "not_started" });
  expect(readKept(undefined)).toBeNull();
  expect(readKept({ outbox: 5 })).toBeNull();
});

/** A disk whose writes end when the test says so. */
class Slow implements Storage {
  readonly kind = "disk";
  puts: { kept: Kept; done: () => void; fail: () => void }[] = [];
  async get(): Promise<Kept | null> {
    return null;
  }
  put(_: string, put: Kept): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new DOMException("full", "QuotaExceededError"));
      this.puts.push({ kept: structuredClone(put), done: resolve, fail });
    });
  }
  close(): void {
    this.puts = [];
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function keeping(): { slow: Slow; keeper: Keeper; change: () => void; ended: string[] } {
  const slow = new Slow();
  let changes = 0;
  const keeper = new Keeper(slow, "k", { changes: () => changes, kept: () => kept(changes) });
  return { slow, keeper, change: () => (changes += 1), ended: [] };
}

test("one write runs at a time, and the next has all that came meanwhile", async () => {
  const { slow, keeper, change, ended } = keeping();
  change();
  void keeper.write().then(() => ended.push("first"));
  change();
  void keeper.write().then(() => ended.push("second"));
  change();
  expect(slow.puts.map((put) => put.kept.at)).toEqual([1]);
  slow.puts[0]?.done();
  await turn();
  expect(ended).toEqual(["first"]);
  expect(slow.puts.map((put) => put.kept.at)).toEqual([1, 3]);
  slow.puts[1]?.done();
  await turn();
  expect(ended).toEqual(["first", "second"]);
  expect(keeper.clean).toBe(true);
});

test("a disk that refuses is said, and what was to be sent is sent all the same", async () => {
  const { slow, keeper, change, ended } = keeping();
  change();
  void keeper.write().then(() => ended.push("first"));
  expect(keeper.kind).toBe("disk");
  slow.puts[0]?.fail();
  await turn();
  expect(ended).toEqual(["first"]);
  expect(keeper.kind).toBe("memory");
});

test("after another tab has begun to write, nothing is written here", async () => {
  const { slow, keeper, change } = keeping();
  keeper.stop();
  change();
  await keeper.write();
  expect(slow.puts).toEqual([]);
});
