/** One namespace on the network through socket.io-client: dials when told, with a token, and keeps
 * the token fresh while connected. It decides nothing; `attempt` hands its news to the session. */
import { type Socket, io } from "socket.io-client";
import { LEVEL } from "protocol";
import { readTrouble } from "./core/replies";
import { Courier } from "./courier";
import type { GetToken, Token } from "./types";

/** A token is renewed when a fifth of its life is left, or so long before its end. */
const RENEW_AT = 0.8;
const RENEW_BEFORE_MS = 30_000;
/** A token that ends sooner is not worth connecting with. */
const USABLE_MS = 5_000;
const ACK_MS = 10_000;
/** So many dials in a row that no server answered, and HTTP is tried besides. */
const BLOCKED_AFTER = 3;

export interface LineEvents {
  /** `bytesMax`: what the server takes in one message; null where that is for it to say. */
  connected(bytesMax: number | null): void;
  /** `problem`: what the server, or `getToken`, refused the connection with. */
  refused(problem: unknown): void;
  lost(): void;
  heard(event: string, body: unknown): void;
}

export interface LineOptions {
  url: string | URL;
  namespace: "/exam" | "/monitor";
  /** The exam whose outbox goes over HTTP where WebSockets are blocked; none: it does not. */
  exam?: string;
  getToken: GetToken;
  client: { instance: string; name: string; version: string };
  /** The server's time, to compare tokens' ends with. */
  now: () => number;
}

export class Line {
  private socket: Socket | null = null;
  private courier: Courier | null = null;
  private unanswered = 0;
  private dialled = 0;
  private stale = false;
  private held: Token | null = null;
  private renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly options: LineOptions,
    private readonly events: LineEvents,
  ) {}

  /** Open a connection in place of the one there may be. */
  async dial(): Promise<void> {
    this.hangUp();
    const mine = this.dialled;
    let token: Token;
    try {
      token = await this.token();
    } catch (error) {
      if (mine === this.dialled) this.events.refused(problemFrom(error));
      return;
    }
    if (mine === this.dialled) this.connect(token);
  }

  /** Close the connection; nothing more is heard of it. */
  hangUp(): void {
    this.dialled += 1;
    clearTimeout(this.renewal);
    this.courier?.end();
    const socket = this.socket;
    this.socket = this.courier = null;
    socket?.removeAllListeners();
    socket?.offAny();
    socket?.disconnect();
  }

  /** Send, if connected; `acked` gets whatever the server acknowledges with, at most once. */
  send(event: string, body: unknown, acked: (reply: unknown) => void): void {
    this.courier?.send(event, body, acked);
    const socket = this.socket;
    if (!socket?.connected) return;
    socket.emit(event, body, (reply: unknown) => {
      if (socket === this.socket) acked(reply);
    });
  }

  private async token(): Promise<Token> {
    const anew = this.stale;
    let token = await this.options.getToken(anew);
    if (!anew && token.expires_at - this.options.now() < USABLE_MS) {
      token = await this.options.getToken(true);
    }
    this.stale = false;
    return token;
  }

  private connect(token: Token): void {
    const base = new URL(this.options.url);
    const socket = io(base.origin + this.options.namespace, {
      path: new URL("socket.io/", base).pathname,
      transports: ["websocket"],
      auth: { token: token.token, client: { ...this.options.client, level: LEVEL } },
      reconnection: false, // when to try again is the session's to say
      forceNew: true,
    });
    this.socket = socket;
    let bytesMax: number | null = null;
    socket.io.engine.once("handshake", (said) => {
      bytesMax = said.maxPayload || null;
    });
    socket.on("connect", () => {
      this.held = token;
      this.unanswered = 0;
      this.planRenewal();
      this.events.connected(bytesMax);
    });
    socket.on("connect_error", (error: Error & { data?: unknown }) => {
      this.hangUp();
      this.unanswered = error.data === undefined ? this.unanswered + 1 : 0;
      if (this.unanswered >= BLOCKED_AFTER && this.options.exam) void this.goByHttp(token);
      else this.refuse(error.data);
    });
    socket.on("disconnect", () => {
      this.hangUp();
      this.events.lost();
    });
    socket.onAny((event: string, body: unknown) => this.events.heard(event, body));
  }

  private refuse(problem: unknown): void {
    const trouble = readTrouble(problem);
    this.stale = trouble?.code === "token_expired" || trouble?.code === "unauthorized";
    this.events.refused(problem);
  }

  /** No WebSocket comes through: perhaps HTTP does. It ends by itself after a while, and the dial
   * after that tries a WebSocket again. */
  private async goByHttp(token: Token): Promise<void> {
    const mine = this.dialled;
    const client = { ...this.options.client, level: LEVEL };
    const { url, exam = "" } = this.options;
    const courier = new Courier(
      { url, exam, token: token.token, client },
      {
        ...this.events,
        refused: (problem) => this.refuse(problem),
      },
    );
    this.courier = courier;
    try {
      await courier.open();
    } catch (error) {
      if (mine !== this.dialled) return;
      this.hangUp();
      this.refuse((error as { problem?: unknown }).problem);
    }
  }

  /** Renew in time; never later than the timers of a browser can wait (2^31 ms). Called again by
   * the owner once the server's time is known: this device's own may be hours off. */
  planRenewal(): void {
    if (!this.socket || !this.held) return;
    const left = this.held.expires_at - this.options.now();
    const wait = Math.min(left * RENEW_AT, left - RENEW_BEFORE_MS, 2 ** 31 - 1);
    clearTimeout(this.renewal);
    this.renewal = setTimeout(() => void this.renew(), Math.max(wait, 1_000));
  }

  /** A fresh token for the connection that stands; without one it goes on until it is cut. */
  private async renew(): Promise<void> {
    const socket = this.socket;
    try {
      const token = await this.options.getToken(true);
      if (socket === null || socket !== this.socket) return;
      const ack: unknown = await socket.timeout(ACK_MS).emitWithAck("reauth", {
        token: token.token,
      });
      const ok = (ack as { ok?: unknown } | null)?.ok === true;
      if (socket !== this.socket) return;
      if (ok) this.held = token;
      if (ok) this.planRenewal();
      else this.renewSoon();
    } catch {
      if (socket === this.socket) this.renewSoon();
    }
  }

  private renewSoon(): void {
    clearTimeout(this.renewal);
    this.renewal = setTimeout(() => void this.renew(), RENEW_BEFORE_MS * (0.5 + Math.random()));
  }
}

/** What `getToken` rejected with, as a problem; anything else may be tried again. */
function problemFrom(error: unknown): unknown {
  const { code, retry, title, detail } = (error ?? {}) as Record<string, unknown>;
  return typeof code === "string" ? { code, retry: retry === true, title, detail } : null;
}
