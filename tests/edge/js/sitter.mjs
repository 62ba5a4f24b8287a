// A candidate with the official socket.io-client and nothing else: the rules of
// loadtest/client/README.md in a page, for test_js_client.py. Its disk is a JSON file; it is killed
// with SIGKILL and started again. Every line it prints is JSON.
//
//   node sitter.mjs MODULES URL EXAM TOKEN INSTANCE DISK WHAT   (WHAT: "linger" or "submit")
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, url, exam, token, instance, disk, what] = process.argv.slice(2);
const { io } = createRequire(`${modules}/`)("socket.io-client");

const fresh = { lease: "", seq: 0, epoch: 0, rev: null, held: {}, entries: [] };
const box = existsSync(disk) ? JSON.parse(readFileSync(disk, "utf8")) : fresh;
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function save() {
  writeFileSync(`${disk}.part`, JSON.stringify(box));
  renameSync(`${disk}.part`, disk);
}

const socket = io(`${url}/exam`, {
  transports: ["websocket"],
  auth: { token, client: { instance, name: "sitter", level: 1 } },
});
const newer = (a, b) => !b || a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);

function forget(durable) {
  const gone = (e) => e.rev && e.rev[0] === durable[0] && e.rev[1] <= durable[1] && !e.waiting;
  box.entries = box.entries.filter((entry) => !gone(entry));
  save();
}

function learn(epoch) {
  if (epoch <= box.epoch) return;
  box.epoch = epoch;
  for (const entry of box.entries) if (entry.rev && entry.rev[0] < epoch) entry.waiting = true;
}

function payload(entry) {
  const body = { ...entry.body };
  if (entry.event === "answer") body.seq = entry.seq;
  if (entry.event === "submit") body.holds = box.held;
  if (entry.event === "join" && box.lease) Object.assign(body, { lease: box.lease, rev: box.rev });
  if (entry.receipt) body.receipt = entry.receipt;
  return body;
}

// Sends one entry until it is acked; null if it was refused for good.
async function settle(entry) {
  for (let tries = 1; ; tries += 1) {
    const ack = await socket.timeout(5000).emitWithAck(entry.event, payload(entry)).catch(() => null);
    if (ack?.ok === true && Array.isArray(ack.rev)) return accept(entry, ack);
    if (ack?.ok === false && !ack.problem.retry) {
      box.entries = box.entries.filter((other) => other !== entry);
      say({ refused: entry.event, code: ack.problem.code });
      return null;
    }
    const asked = ack?.problem?.retry_after_ms ?? 0;
    await pause(asked + Math.random() * Math.min(15000, 300 * 2 ** (tries - 1)));
  }
}

function accept(entry, ack) {
  learn(ack.rev[0]);
  if (newer(ack.rev, box.rev)) box.rev = ack.rev;
  Object.assign(entry, { rev: ack.rev, receipt: ack.receipt, waiting: ack.rev[0] < box.epoch });
  if (entry.event === "answer") {
    box.held[entry.body.item] = [entry.lease, entry.seq];
    const { item, response } = entry.body;
    say({ acked: item, lease: entry.lease, seq: entry.seq, response, ack });
  }
  save();
  return ack;
}

function keep(event, body) {
  const entry = { event, body, waiting: true };
  if (event === "answer") Object.assign(entry, { lease: box.lease, seq: (box.seq += 1) });
  if (event === "join") box.entries.unshift(entry);
  else box.entries.push(entry);
  save();
  return entry;
}

async function join() {
  const before = box.entries.find((entry) => entry.event === "join");
  const ack = await settle(before ?? keep("join", { id: randomUUID(), exam }));
  if (ack.lease > box.lease) {
    box.lease = ack.lease;
    for (const entry of box.entries) {
      if (entry.event !== "answer" || entry.receipt) continue;
      Object.assign(entry, { lease: box.lease, seq: (box.seq += 1) });
    }
  }
  box.seq = Math.max(box.seq, ack.seq);
  forget(ack.durable);
  say({ joined: ack.state, lease: ack.lease, responses: Object.keys(ack.responses) });
  return ack;
}

async function flush() {
  for (const entry of box.entries.filter((each) => each.waiting)) await settle(entry);
}

const kinds = {
  single_choice: (item) => item.options[0].id,
  multiple_choice: (item) => [item.options[0].id],
  true_false: () => true,
  numerical: () => 42,
  short_text: () => "प्रकाश",
  long_text: () => "पौधे प्रकाश से भोजन बनाते हैं।",
};

async function sit() {
  const ack = await join();
  await flush();
  const paper = ack.paper ?? (await settle(keep("start", { id: randomUUID() }))).paper;
  const items = paper.sections.flatMap((section) => section.items);
  const todo = items.filter((item) => !box.held[item.id]);
  for (const item of what === "linger" ? todo.slice(0, -2) : todo) {
    await settle(keep("answer", { item: item.id, response: kinds[item.kind](item) }));
  }
  if (what === "linger") {
    // Written down, never sent: what a crash finds in the outbox.
    for (const item of todo.slice(-2)) {
      keep("answer", { item: item.id, response: kinds[item.kind](item) });
    }
    say({ lingering: todo.length });
    await pause(600_000);
  }
  await settle(keep("submit", { id: randomUUID() }));
}

async function drain() {
  while (box.entries.length > 0) {
    const beat = await socket.timeout(5000).emitWithAck("heartbeat", { pending: box.entries.length });
    if (beat.ok) {
      learn(beat.rev[0]);
      forget(beat.durable);
      await flush();
    }
    await pause(200);
  }
}

socket.on("connect_error", (error) => say({ connect_error: error.message, data: error.data }));
socket.on("closed", (body) => say({ closed: body.state }));
socket.once("connect", async () => {
  await sit();
  await drain();
  say({ settled: true });
  socket.disconnect();
});
