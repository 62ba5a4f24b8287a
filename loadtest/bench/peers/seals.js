/** Hashes, receipts and tokens. The chain and the receipts are keyed SHA-256 in one shot, cut to
 * 128 bits: the fastest that Node.js offers (Keyed BLAKE2b by WebAssembly takes three times as
 * long, HMAC four). As there, the chain covers what a fact says by a salted digest. Ids of attempts
 * and the beginnings of chains are as ExamSync's, for its flusher and its export are to understand
 * what is written here. */
import { createHmac, hash, timingSafeEqual } from "node:crypto";

import { createBLAKE2b } from "hash-wasm";

const HEX = 32; // 128 bits

export async function makeSeals(secret) {
  const chainKey = (await keyed(secret, 32))("chain");
  const chain = chainKey.toString("hex"); // as text, so that text is hashed in one call
  const receipt = (await keyed(secret, 32))("receipt").toString("hex");
  const genesisOf = await keyed(chainKey, 16);
  const idOf = await keyed(undefined, 12);
  const sliceOf = await keyed(undefined, 4);
  return {
    link: (where, kind, salted) => {
      const said = hash("sha256", salted).slice(0, HEX);
      return hash("sha256", `${chain}${where}${kind}${said}`).slice(0, HEX);
    },
    digest: (text) => hash("sha256", text).slice(0, HEX),
    receipt: (attempt, key, effect) => {
      const covered = `${receipt}["${attempt}","answer","${key}",${effect}]`;
      const mac = hash("sha256", covered, "base64url");
      return `1.${Buffer.from(effect, "latin1").toString("base64url")}.${mac.slice(0, 22)}`;
    },
    genesis: (id) => genesisOf(Buffer.concat([sized("genesis"), sized(id)])).toString("hex"),
    attemptId: (exam, candidate) => "a" + idOf(`${exam}\0${candidate}`).toString("hex"),
    partition: (id, partitions) => sliceOf(id).readUInt32BE() % partitions,
  };
}

/** BLAKE2b with a key and a length, as Python's hashlib has it. */
async function keyed(key, bytes) {
  const state = await createBLAKE2b(8 * bytes, key && Buffer.from(key).subarray(0, 64));
  return (data) => Buffer.from(state.init().update(data).digest("binary"));
}

function sized(text) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

/** The claims of a token (RFC 7519, HS256) if it is ours and has not expired; else undefined. */
export function claimsOf(token, secret, now) {
  const [head, body, mac] = String(token).split(".");
  if (!mac) return undefined;
  const right = createHmac("sha256", secret).update(`${head}.${body}`).digest();
  const given = Buffer.from(mac, "base64url");
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  const claims = JSON.parse(Buffer.from(body, "base64url"));
  return claims.exp * 1000 > now && claims.iss === "examsync" ? claims : undefined;
}
