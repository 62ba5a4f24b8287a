/** Redis: ExamSync's own scripts on its own keys, pipelined by ioredis a turn of the loop. */
import { readFileSync } from "node:fs";

import Redis from "ioredis";

export class Store {
  constructor(url, scripts) {
    this.redis = new Redis(url, { enableAutoPipelining: true, maxRetriesPerRequest: 0 });
    for (const [name, numberOfKeys] of [["save", 4], ["create", 3]])
      this.redis.defineCommand(name, { numberOfKeys, lua: readFileSync(`${scripts}/${name}.lua`) });
    this.lives = [];
  }

  /** Learn the epoch of every partition: another server has begun them. */
  async begin(partitions) {
    for (let p = 0; p < partitions; p++) {
      const text = await this.redis.get(`examsync:{${p}}:epoch`);
      const epoch = Number(text.split(":")[0]);
      const [log, due] = [`examsync:{${p}}:log`, `examsync:{${p}}:due`];
      this.lives.push({ p, text, epoch, epochKey: `examsync:{${p}}:epoch`, log, due });
    }
  }

  async load(attempt) {
    const { life, key } = attempt;
    const found = await this.redis.hgetall(key);
    if (found.seat === undefined) {
      const fields = ["head", `0:${attempt.head}`, "seat", JSON.stringify(attempt.seat)];
      fields.push("core", "{}", "durable", `${life.epoch}:0`);
      const said = await this.redis.create(
        life.epochKey, key, life.due, life.text, "", attempt.id, ...fields,
      );
      if (said !== "ok" && said !== "there") throw new Error(said);
      return this.redis.hgetall(key);
    }
    return found;
  }

  /** "ok" once the fact is on disk, if life and head are what the writer saw. */
  save(attempt, before, after, fact, due, fields) {
    const { life, key, id } = attempt;
    return this.redis.save(
      life.epochKey, key, life.log, life.due, life.text, before, after, fact, due, id, ...fields,
    );
  }
}
