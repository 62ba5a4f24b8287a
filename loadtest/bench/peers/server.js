/** The peer: Socket.IO on Node.js doing the durable work of ExamSync. Started by `./dev bench`.
 *
 * PEER_PROGRESS=each: examiners hear of every answer; =coalesced: of all rows that changed, four
 * times a second. PEER_ENGINE=eiows: that engine in place of ws. As Socket.IO's page on performance
 * tuning says: bufferutil is there, the request of a connection is let go, no compression. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { Server } from "socket.io";

import { Attempts, Refusal } from "./attempts.js";
import { claimsOf, makeSeals } from "./seals.js";
import { Store } from "./store.js";

const { PEER_PORT, PEER_EXAM, PEER_PROGRESS, PEER_ENGINE, PEER_SCRIPTS, PEER_REDIS } = process.env;
const { PEER_SECRET, PEER_RECEIPT_SECRET } = process.env;
const PARTITIONS = 8;
const COALESCE_MS = 250;
const RATE = { perMs: 10, burst: 100000 }; // as ExamSync is told in a benchmark: never met

const exam = JSON.parse(readFileSync(PEER_EXAM, "utf8"));
const store = new Store(PEER_REDIS, PEER_SCRIPTS);
const attempts = new Attempts(store, await makeSeals(PEER_RECEIPT_SECRET), exam);
await store.begin(PARTITIONS);

const http = createServer();
const options = { transports: ["websocket"], serveClient: false, perMessageDeflate: false };
if (PEER_ENGINE === "eiows") options.wsEngine = (await import("eiows")).default.Server;
const io = new Server(http, options);
io.engine.on("connection", (raw) => {
  raw.request = null;
});

function admitted(role) {
  return (socket, next) => {
    const { token, client } = socket.handshake.auth;
    const claims = claimsOf(token, PEER_SECRET, Date.now());
    if (claims?.role !== role && claims?.role !== "admin") return next(new Error("unauthorized"));
    socket.data = { subject: claims.sub, expiresAt: claims.exp * 1000, instance: client.instance };
    socket.data.bucket = { left: RATE.burst, seen: 0 };
    return next();
  };
}

function charge(data, now) {
  const { bucket } = data;
  bucket.left = Math.min(RATE.burst, bucket.left + (now - bucket.seen) * RATE.perMs);
  bucket.seen = now;
  if (bucket.left < 1) throw new Refusal("rate_limited");
  bucket.left -= 1;
  if (now > data.expiresAt) throw new Refusal("token_expired");
}

/** One ack for everything: what it says, or the problem. */
function guarded(socket, handle) {
  return async (said, ack) => {
    try {
      const now = Date.now();
      charge(socket.data, now);
      ack(await handle(said, now));
    } catch (error) {
      if (!(error instanceof Refusal)) console.error(error);
      const problem = error instanceof Refusal ? error.problem : new Refusal("internal").problem;
      ack({ ok: false, problem });
    }
  };
}

const monitor = io.of("/monitor").use(admitted("examiner"));
monitor.on("connection", (socket) => {
  socket.on("watch", guarded(socket, ({ exam: watched }, now) => {
    socket.join(watched);
    const { title } = exam;
    return { exam: watched, title, version: "0", snapshot: false, server_time: now, ok: true };
  }));
});

const changed = new Map();
function tell(attempt) {
  if (PEER_PROGRESS === "coalesced") changed.set(attempt.id, attempt);
  else monitor.to(exam.id).emit("progress", { exam: exam.id, rows: [attempts.row(attempt)] });
}
if (PEER_PROGRESS === "coalesced")
  setInterval(() => {
    if (!changed.size) return;
    const rows = Array.from(changed.values(), (attempt) => attempts.row(attempt));
    changed.clear();
    monitor.to(exam.id).emit("progress", { exam: exam.id, rows });
  }, COALESCE_MS);

io.of("/exam").use(admitted("candidate")).on("connection", (socket) => {
  const { data } = socket;
  let attempt;
  let lease;
  const seated = () => {
    if (attempt === undefined) throw new Refusal("not_joined");
    return attempt;
  };
  socket.on("join", guarded(socket, async ({ id }, now) => {
    const found = await attempts.at(data.subject);
    const view = await attempts.join(found, data.instance, id, now);
    [attempt, lease] = [found, found.core.lease];
    return view;
  }));
  socket.on("start", guarded(socket, ({ id }, now) => attempts.start(seated(), id, now)));
  socket.on("answer", guarded(socket, async (said, now) => {
    const ack = await attempts.answer(seated(), lease, said, now);
    tell(attempt);
    return ack;
  }));
  socket.on("heartbeat", guarded(socket, (said, now) => {
    const rev = [seated().life.epoch, attempt.n];
    return { server_time: now, rev, durable: [rev[0], 0], deadline: attempt.deadline, ok: true };
  }));
});

http.listen(Number(PEER_PORT), "127.0.0.1", 4096, () => console.log("ready"));
process.on("SIGTERM", () => process.exit(0));
