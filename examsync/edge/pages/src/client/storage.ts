/** Where an attempt's outbox lies on this device: IndexedDB, or memory where there is none. */
import { type Stored, nothingStored } from "./core/outbox";
import { type Seen, nothingSeen } from "./core/seen";

const DATABASE = "examsync";
const STORE = "attempts";
const SCHEMA = 1;

/** One attempt as it is kept. `at`: when it was last written, on this device's clock. */
export interface Kept {
  outbox: Stored;
  seen: Seen;
  at: number;
}

/** A place to keep attempts by key. `put` resolves when a crash can no longer undo it. */
export interface Storage {
  readonly kind: "disk" | "memory";
  get(key: string): Promise<Kept | null>;
  put(key: string, kept: Kept): Promise<void>;
  close(): void;
}

/** The attempt of one candidate in one exam at one server. */
export function keyOf(url: string | URL, exam: string, candidate: string): string {
  return JSON.stringify([new URL(url).href, exam, candidate]);
}

/** The disk if there is one, else memory. Never rejects. */
export async function openStorage(factory: IDBFactory | undefined): Promise<Storage> {
  if (!factory) return new Memory();
  try {
    const disk = new Disk(await opened(factory));
    await disk.get("probe"); // some private windows open a database and refuse to use it
    return disk;
  } catch {
    return new Memory();
  }
}

class Disk implements Storage {
  readonly kind = "disk";
  constructor(private readonly database: IDBDatabase) {
    database.onversionchange = () => database.close();
  }

  async get(key: string): Promise<Kept | null> {
    const transaction = this.database.transaction(STORE, "readonly");
    const found: unknown = await done(transaction.objectStore(STORE).get(key));
    return readKept(found);
  }

  put(key: string, kept: Kept): Promise<void> {
    // `strict`: on the disk itself, so that a power cut in the hall cannot undo it
    const transaction = this.database.transaction(STORE, "readwrite", { durability: "strict" });
    transaction.objectStore(STORE).put(kept, key);
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
      transaction.onerror = () => reject(transaction.error ?? new Error("failed"));
    });
  }

  close(): void {
    this.database.close();
  }
}

/** For as long as the page is open. */
export class Memory implements Storage {
  readonly kind = "memory";
  private readonly kept = new Map<string, Kept>();

  async get(key: string): Promise<Kept | null> {
    return this.kept.get(key) ?? null;
  }

  async put(key: string, kept: Kept): Promise<void> {
    this.kept.set(key, structuredClone(kept));
  }

  close(): void {
    this.kept.clear();
  }
}

/** What was kept, with what this version knows besides; null for what is not of ours. */
export function readKept(found: unknown): Kept | null {
  if (typeof found !== "object" || found === null) return null;
  const { outbox, seen, at } = found as Partial<Kept>;
  if (!outbox || !Array.isArray(outbox.entries)) return null;
  return {
    outbox: { ...nothingStored(), ...outbox },
    seen: { ...nothingSeen(), ...seen },
    at: at ?? 0,
  };
}

function opened(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(DATABASE, SCHEMA);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("refused"));
    request.onblocked = () => reject(new Error("blocked"));
  });
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("failed"));
  });
}
