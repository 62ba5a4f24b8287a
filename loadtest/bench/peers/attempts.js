/** Attempts: decided in memory, one fact each written by the script, acknowledged when on disk.
 * The same checks as ExamSync's: seat, lease, state, clock, item, response, seq, rate. */

export class Refusal extends Error {
  constructor(code, detail = "") {
    super(detail);
    this.code = code;
  }

  get problem() {
    return { code: this.code, title: this.code, retry: false, detail: this.message };
  }
}

export class Attempts {
  constructor(store, seals, exam) {
    this.store = store;
    this.seals = seals;
    this.exam = exam;
    this.known = new Map();
    this.items = new Map();
    for (const section of exam.paper.sections)
      for (const item of section.items)
        this.items.set(item.id, {
          kind: item.kind,
          options: new Set(item.options.map((option) => option.id)),
        });
  }

  async at(candidate) {
    const id = this.seals.attemptId(this.exam.id, candidate);
    let attempt = this.known.get(id);
    if (attempt === undefined) {
      attempt = this.fresh(id, candidate);
      this.known.set(id, attempt);
      await this.reload(attempt);
    }
    return attempt;
  }

  fresh(id, candidate) {
    const life = this.store.lives[this.seals.partition(id, this.store.lives.length)];
    const key = `examsync:{${life.p}}:a:${life.epoch}:${id}`;
    const seat = { exam: this.exam.id, candidate };
    const attempt = { id, life, key, seat, n: 0, head: this.seals.genesis(id), core: {} };
    attempt.salt = this.seals.digest(id);
    return Object.assign(attempt, { responses: new Map(), answered: 0, deadline: 0, savedAt: 0 });
  }

  async reload(attempt) {
    const found = await this.store.load(attempt);
    const [n, head] = found.head.split(":");
    Object.assign(attempt, { n: Number(n), head, core: JSON.parse(found.core) });
    attempt.responses.clear();
    attempt.answered = 0;
    for (const [name, value] of Object.entries(found))
      if (name.startsWith("r:")) this.hold(attempt, name.slice(2), held(JSON.parse(value)));
    this.wind(attempt);
  }

  hold(attempt, item, is) {
    const was = attempt.responses.get(item);
    attempt.answered += (is.response !== null) - (was !== undefined && was.response !== null);
    attempt.savedAt = is.arrived;
    attempt.responses.set(item, is);
  }

  wind(attempt) {
    const { terms } = this.exam;
    const own = (attempt.core.started_at ?? Infinity) + terms.duration_ms;
    attempt.deadline = Math.min(own, terms.window_end, terms.closes_at);
  }

  async join(attempt, instance, id, now) {
    const { core } = attempt;
    if (core.instance !== instance) {
      const after = Math.max(now, core.lease ? Number(core.lease.slice(0, 13)) + 1 : 0);
      const lease = `${String(after).padStart(13, "0")}-${Math.random().toString(16).slice(2, 10)}`;
      const body = { kind: "lease_granted", id, lease, instance };
      const effect = JSON.stringify({ instance, lease });
      const changed = { ...core, lease, instance };
      await this.command(attempt, changed, ["join", effect, body], now);
    }
    return this.view(attempt, now);
  }

  async start(attempt, id, now) {
    if (attempt.core.started_at === undefined) {
      const { opens_at, window_end } = this.exam.terms;
      if (now < opens_at) throw new Refusal("exam_not_open");
      if (now > window_end) throw new Refusal("exam_over");
      const body = { kind: "started", id, started_at: now };
      const effect = JSON.stringify({ started_at: now });
      const changed = { ...attempt.core, state: "in_progress", started_at: now, turned_at: now };
      await this.command(attempt, changed, ["start", effect, body], now);
      this.wind(attempt);
    }
    const { paper } = this.exam;
    const order = { items: [...this.items.keys()], options: {} };
    const rev = [attempt.life.epoch, attempt.n];
    const { deadline, core } = attempt;
    return { rev, receipt: "", started_at: core.started_at, deadline, paper, order, ok: true };
  }

  async command(attempt, core, [kind, effect, body], now) {
    const done = JSON.stringify([kind, effect, attempt.n + 1]);
    const fields = ["core", JSON.stringify(core), `c:${body.id}`, done];
    const due = kind === "start" ? String(now + this.exam.terms.duration_ms + 6000) : "";
    const saved = this.write(attempt, body, now, [kind, effect], due, fields);
    attempt.core = core;
    await this.done(attempt, saved);
  }

  view(attempt, now) {
    const { core } = attempt;
    const rev = [attempt.life.epoch, attempt.n];
    const times = { server_time: now, opens_at: this.exam.terms.opens_at };
    const state = core.state ?? "not_started";
    const exam = this.exam.id;
    return { attempt: attempt.id, exam, state, rev, lease: core.lease, times, ok: true };
  }

  /** Decide on an answer and have it written; the ack, once it is on disk. Throws Refusal. */
  answer(attempt, lease, said, now) {
    const { seq, item, response = null, flag = false } = said;
    if (!Number.isSafeInteger(seq) || seq < 1) throw new Refusal("bad_request");
    this.fits(item, response);
    const digest = this.seals.digest(`[${JSON.stringify(response)},${flag}]`);
    const stands = attempt.responses.get(item);
    if (stands !== undefined && stands.lease === lease && stands.seq === seq) {
      if (stands.digest !== digest) throw new Refusal("seq_reused");
      return this.ack(attempt, item, stands, now);
    }
    if (lease !== attempt.core.lease) throw new Refusal("lease_lost");
    if (stands !== undefined && stands.lease === lease && seq < stands.seq)
      return { seq, rev: [attempt.life.epoch, attempt.n], receipt: "", ok: true, superseded: true };
    const late = this.inTime(attempt, now);
    const is = { lease, seq, digest, response, arrived: now, late, flag };
    const body = { kind: "answer_saved", item, lease, seq, digest, response, arrived: now };
    if (late) body.late = true;
    if (flag) body.flag = true;
    const row = JSON.stringify([lease, seq, digest, response, now, late, flag, null]);
    const saved = this.write(attempt, body, now, ["", ""], this.due(attempt), [`r:${item}`, row]);
    this.hold(attempt, item, is);
    const n = attempt.n;
    return this.done(attempt, saved).then(() => this.ack(attempt, item, is, Date.now(), n));
  }

  due(attempt) {
    return String(attempt.deadline + this.exam.terms.grace_ms + 1000);
  }

  ack(attempt, item, is, at, n = attempt.n) {
    const { arrived, digest, late, lease, seq } = is;
    const effect =
      `{"arrived":${arrived},"digest":"${digest}","late":${late},` +
      `"lease":"${lease}","seq":${seq}}`;
    const receipt = this.seals.receipt(attempt.id, item, effect);
    return { seq: is.seq, rev: [attempt.life.epoch, n], saved_at: at, receipt, ok: true };
  }

  fits(item, response) {
    const known = this.items.get(item);
    if (known === undefined) throw new Refusal("unknown_item", item);
    if (response === null) return;
    const { kind, options } = known;
    const good =
      kind === "single_choice" ? options.has(response)
      : kind === "multiple_choice" ? response.every?.((id) => options.has(id)) === true
      : kind === "true_false" ? typeof response === "boolean"
      : kind === "numerical" ? typeof response === "number" || String(response).length <= 64
      : typeof response === "string" && response.length <= 20000;
    if (!good) throw new Refusal("bad_response", item);
  }

  inTime(attempt, now) {
    const { state } = attempt.core;
    if (state === undefined || state === "not_started") throw new Refusal("not_started");
    if (state === "paused") throw new Refusal("paused");
    if (state !== "in_progress") throw new Refusal("attempt_closed");
    if (now <= attempt.deadline) return false;
    if (now <= attempt.deadline + this.exam.terms.grace_ms) return true;
    throw new Refusal("too_late");
  }

  /** Chain a fact to the attempt's last and send it: a promise of what the script says. */
  write(attempt, body, now, [command, effect], due, fields) {
    const before = `${attempt.n}:${attempt.head}`;
    const where =
      `"attempt":"${attempt.id}","epoch":${attempt.life.epoch},"n":${attempt.n + 1},` +
      `"prev":"${attempt.head}","at":${now}`;
    const by = `candidate:${attempt.seat.candidate}`;
    const said = JSON.stringify({ by, body, command, effect }).slice(1, -1);
    attempt.head = this.seals.link(where, body.kind, attempt.salt + said);
    attempt.n += 1;
    const whole = `{${where},${said},"hash":"${attempt.head}"}`;
    return this.store.save(attempt, before, `${attempt.n}:${attempt.head}`, whole, due, fields);
  }

  async done(attempt, saved) {
    const said = await saved.catch((error) => error.message);
    if (said === "ok") return;
    await this.reload(attempt);
    throw new Refusal("unavailable", said);
  }

  row(attempt) {
    return {
      attempt: attempt.id, candidate: attempt.seat.candidate, rev: [attempt.life.epoch, attempt.n],
      state: attempt.core.state, answered: attempt.answered, total: this.items.size,
      started_at: attempt.core.started_at, deadline: attempt.deadline, saved_at: attempt.savedAt,
    };
  }
}

function held([lease, seq, digest, response, arrived, late = false, flag = false]) {
  return { lease, seq, digest, response, arrived, late, flag };
}
