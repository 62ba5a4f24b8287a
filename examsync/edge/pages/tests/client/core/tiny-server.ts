/** A server of a page, for tests of the client: the rules of the answer path for one attempt. It
 * keeps live state and durable state, can lose the one back to the other (a new epoch), and
 * answers every event as the real one would, without time limits. */
import { type Code, PROBLEMS, type Rev } from "protocol";
import { type Version, compare } from "../../../src/client/core/entry";

type Json = Record<string, unknown>;

interface Core {
  n: number;
  lease: string;
  instance: string;
  started_at: number | null;
  closed: boolean;
  responses: Record<string, { version: Version; response: unknown }>;
  commands: Record<string, string>;
}

const empty: Core = {
  n: 0,
  lease: "",
  instance: "",
  started_at: null,
  closed: false,
  responses: {},
  commands: {},
};

/** One attempt. Connections are numbers; `joined` maps them to instance and lease. */
export class TinyServer {
  now = 1_700_000_000_000;
  epoch = 1;
  live: Core = structuredClone(empty);
  stored: Core = structuredClone(empty);
  joined = new Map<number, { instance: string; lease: string }>();
  away = false;
  /** Every item and version that was ever saved: a version must never hold two values. */
  private values = new Map<string, unknown>();

  /** Everything becomes durable. */
  flush(): void {
    this.stored = structuredClone(this.live);
  }

  /** It loses all that is not durable: a new epoch. */
  lose(): void {
    this.live = structuredClone(this.stored);
    this.epoch += 1;
  }

  /** The ack of one event, as JSON. */
  handle(connection: number, instance: string, event: string, body: unknown): Json {
    this.now += 1;
    if (this.away) return refused("unavailable", { retry_after_ms: 100 });
    if (event === "heartbeat") return this.ok({ server_time: this.now, durable: this.durable() });
    if (event === "join") return this.join(connection, instance, body as Json);
    if (!this.joined.has(connection)) return refused("not_joined");
    if (!Array.isArray(body)) return this.one(connection, event, body as Json);
    if (body.some((answer: Json) => answer["response"] === "spoils the list")) {
      return refused("bad_request");
    }
    return { ok: true, results: body.map((answer: Json) => this.answer(connection, answer)) };
  }

  durable(): Rev {
    return [this.epoch, Math.min(this.stored.n, this.live.n)];
  }

  private one(connection: number, event: string, body: Json): Json {
    if (event === "answer") return this.answer(connection, body);
    const effect = this.live.commands[String(body["id"])];
    if (effect !== undefined) return this.done(event, effect);
    const replay = body["receipt"] !== undefined;
    if (!replay && this.joined.get(connection)?.lease !== this.live.lease) {
      return refused("lease_lost");
    }
    if (event === "start") return this.start(body);
    if (event === "submit") return this.submit(body);
    if (this.live.started_at === null && !replay) return refused("not_started");
    return this.record(event, body, "");
  }

  private ok(more: Json): Json {
    return { ok: true, rev: [this.epoch, this.live.n], ...more };
  }

  private record(kind: string, body: Json, effect: string): Json {
    this.live.n += 1;
    this.live.commands[String(body["id"])] = effect;
    return this.done(kind, effect);
  }

  private done(kind: string, effect: string): Json {
    const receipt = `${kind}|${effect}`;
    if (kind !== "start") return this.ok({ receipt });
    const paper = { id: "p", title: "p", sections: [] };
    const order = { items: [], options: {} };
    const { started_at } = this.live;
    return this.ok({ receipt, started_at, deadline: 1e15, paper, order });
  }

  private join(connection: number, instance: string, body: Json): Json {
    const core = this.live;
    const named = String(body["lease"] ?? "");
    if (!core.closed && (core.instance !== instance || named > core.lease)) {
      const another = core.instance !== "" && core.instance !== instance;
      const repeated = core.commands[String(body["id"])] === instance;
      if (another && (repeated || (named !== "" && named < core.lease))) {
        return refused("lease_lost");
      }
      const ahead = [core.lease, named].map((lease) => (lease ? +lease.slice(0, 13) + 1 : 0));
      core.lease = `${String(Math.max(this.now, ...ahead)).padStart(13, "0")}-ab`;
      core.instance = instance;
      core.n += 1;
      core.commands[String(body["id"])] = instance;
    }
    this.joined.set(connection, { instance, lease: core.lease });
    return this.view(instance);
  }

  private view(instance: string): Json {
    const core = this.live;
    const held = Object.values(core.responses).filter(({ version }) => version[0] === core.lease);
    const state = core.closed ? "submitted" : core.started_at ? "in_progress" : "not_started";
    return this.ok({
      attempt: "a",
      exam: "e",
      title: "t",
      state,
      durable: this.durable(),
      lease: core.lease,
      seq: Math.max(0, ...held.map(({ version }) => version[1])),
      times: { server_time: this.now, opens_at: 0, started_at: core.started_at },
      heartbeat_period_s: 1,
      responses: {},
      notices: [],
      receipt: `join|${instance}`,
    });
  }

  private start(body: Json): Json {
    const proven = body["receipt"] ? Number(String(body["receipt"]).split("|")[1]) : this.now;
    this.live.started_at ??= proven;
    return this.record("start", body, String(this.live.started_at));
  }

  private submit(body: Json): Json {
    const holds = Object.entries(body["holds"] as Record<string, Version>);
    const items = holds
      .filter(([item, held]) => compare(held, this.live.responses[item]?.version ?? ["", 0]) > 0)
      .map(([item]) => item);
    const open = !this.live.closed;
    if (items.length > 0 && open) return refused("answers_missing", { data: { items } });
    this.live.closed = true;
    return this.record("submit", body, "");
  }

  private answer(connection: number, body: Json): Json {
    const { seq, item, response, receipt } = body as { seq: number; item: string } & Json;
    const no = (code: Code): Json => ({ seq, ...refused(code) });
    if (response === "bad" || response === "spoils the list") return no("bad_response");
    let version: Version = [this.joined.get(connection)?.lease ?? "", seq];
    if (receipt !== undefined) {
      const [, lease = "", proven] = String(receipt).split("|");
      if (Number(proven) !== seq) return no("bad_receipt");
      version = [lease, seq];
    } else if (this.live.started_at === null) return no("not_started");
    const stands = this.live.responses[item];
    const order = stands ? compare(version, stands.version) : 1;
    if (order === 0 && stands?.response !== response) return no("seq_reused");
    if (order > 0) {
      if (receipt === undefined && this.live.closed) return no("attempt_closed");
      if (receipt === undefined && version[0] !== this.live.lease) return no("lease_lost");
      this.save(item, version, response);
    }
    const proof = `answer|${version[0]}|${seq}`;
    return this.ok({ seq, saved_at: this.now, receipt: proof, superseded: order < 0 });
  }

  private save(item: string, version: Version, response: unknown): void {
    const key = JSON.stringify([item, version]);
    if (this.values.has(key) && this.values.get(key) !== response) {
      throw new Error(`one version, two values: ${key}`);
    }
    this.values.set(key, response);
    this.live.n += 1;
    this.live.responses[item] = { version, response };
  }
}

/** The ack of what was not done. */
export function refused(code: Code, more: Json = {}): Json {
  return { ok: false, problem: { code, ...PROBLEMS[code], ...more } };
}
