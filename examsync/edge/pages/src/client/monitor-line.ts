/** One socket to `/monitor` at a time, made anew after every loss; the server's problems as they
 are. Backoff with full jitter; what it hears it hands to `Heard`. */
import { io, type Socket } from "socket.io-client";
import { LEVEL, type Problem } from "protocol";
import type { GetToken } from "./types";

export type Line = "connecting" | "open" | "offline" | "closed";

export interface LineView {
  line: Line;
  problem: Problem | null;
  tries: number;
  next_try_at: number | null;
}

export interface Heard {
  opened: () => void;
  changed: (view: LineView) => void;
  event: (name: string, body: unknown) => void;
}

export interface LineOptions {
  url: URL;
  getToken: GetToken;
  client: { instance: string; name: string; version: string };
}

const FIRST_MS = 500;
const LONGEST_MS = 15_000;
const CONNECT_WITHIN_MS = 15_000;
/** A fresh token helps against these. */
const TOKEN_CODES = ["token_expired", "unauthorized"];
/** A fresh token is asked for so long before the old one ends, or in its last fifth. */
const RENEW_BEFORE_MS = 120_000;
const RENEW_AGAIN_MS = 30_000;

export class MonitorLine {
  private socket: Socket | null = null;
  private view: LineView = { line: "connecting", problem: null, tries: 0, next_try_at: null };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private renewal: ReturnType<typeof setTimeout> | undefined;
  private ended = false;
  private anew = false;
  private dialing = 0;

  constructor(
    private readonly options: LineOptions,
    private readonly heard: Heard,
  ) {
    globalThis.addEventListener?.("online", this.retryNow);
    void this.dial();
  }

  get open(): boolean {
    return this.view.line === "open";
  }

  /** Send and wait for the ack. Rejects when there is no line, or no answer in time. */
  async call<T>(event: string, body: unknown, withinMs: number): Promise<T> {
    const socket = this.socket;
    if (!this.open || socket === null) throw new Error("not connected");
    return (await socket.timeout(withinMs).emitWithAck(event, body)) as T;
  }

  /** Connect now: after a wait, or after a refusal (with a fresh token). */
  readonly retryNow = (): void => {
    if (this.ended || this.view.line === "open" || this.view.line === "connecting") return;
    void this.dial();
  };

  close(): void {
    this.ended = true;
    globalThis.removeEventListener?.("online", this.retryNow);
    this.hangUp();
  }

  private async dial(): Promise<void> {
    this.hangUp();
    const dialing = ++this.dialing;
    this.show({ line: "connecting", next_try_at: null });
    let token: { token: string; expires_at: number };
    try {
      token = await this.options.getToken(this.anew);
      this.anew = false;
    } catch (error) {
      this.failed(error);
      return;
    }
    if (this.ended || dialing !== this.dialing) return;
    this.attach(token);
  }

  private attach(token: { token: string; expires_at: number }): void {
    const { url, client } = this.options;
    const socket = io(`${url.origin}/monitor`, {
      path: new URL("socket.io/", url).pathname,
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      timeout: CONNECT_WITHIN_MS,
      auth: { token: token.token, client: { ...client, level: LEVEL } },
    });
    this.socket = socket;
    const mine =
      <A extends unknown[]>(then: (...args: A) => void) =>
      (...args: A): void => {
        if (this.socket === socket) then(...args);
      };
    socket.on(
      "connect",
      mine(() => this.opened(token.expires_at)),
    );
    socket.on(
      "connect_error",
      mine((error: Error) => this.refused(error)),
    );
    socket.on(
      "disconnect",
      mine(() => this.lost(null)),
    );
    socket.onAny(mine((name: string, body: unknown) => this.event(name, body)));
  }

  private opened(expiresAt: number): void {
    this.show({ line: "open", problem: null, tries: 0, next_try_at: null });
    this.renewLater(expiresAt);
    this.heard.opened();
  }

  private event(name: string, body: unknown): void {
    this.heard.event(name, body);
    if (name === "draining") this.lost((body as { reconnect_in_ms: number }).reconnect_in_ms);
  }

  /** The server said no, with a problem; or it could not be reached. */
  private refused(error: Error & { data?: unknown }): void {
    const problem = problemIn(error.data);
    const again = problem !== null && TOKEN_CODES.includes(problem.code) && this.view.tries === 0;
    if (again) this.anew = true; // an old token: once with a fresh one
    if (problem !== null && !problem.retry && !again) this.shut(problem);
    else if (problem?.code === "token_expired" && !again) this.shut(problem);
    else this.lost(again ? 0 : (problem?.retry_after_ms ?? null), problem);
  }

  /** No token to be had. */
  private failed(error: unknown): void {
    const problem = problemIn(error);
    this.anew = false;
    if (problem !== null && (!problem.retry || TOKEN_CODES.includes(problem.code))) {
      this.shut(problem);
    } else this.lost(null);
  }

  private shut(problem: Problem): void {
    this.hangUp();
    this.show({ line: "closed", problem, next_try_at: null });
  }

  private lost(afterMs: number | null, problem: Problem | null = null): void {
    if (this.ended) return;
    this.hangUp();
    const tries = this.view.tries + 1;
    const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 10));
    const wait = afterMs ?? Math.round(FIRST_MS / 2 + Math.random() * most);
    this.show({ line: "offline", problem, tries, next_try_at: Date.now() + wait });
    this.timer = setTimeout(() => void this.dial(), wait);
  }

  private renewLater(expiresAt: number): void {
    const left = expiresAt - Date.now();
    const wait = Math.max(1_000, left - Math.max(RENEW_BEFORE_MS, left / 5));
    clearTimeout(this.renewal);
    this.renewal = setTimeout(() => void this.renew(expiresAt), Math.min(wait, 2 ** 31 - 1));
  }

  /** Go on with a fresh token on the same line; while that fails, the old one is good. */
  private async renew(before: number): Promise<void> {
    const socket = this.socket;
    try {
      const { token, expires_at } = await this.options.getToken(true);
      await socket?.timeout(CONNECT_WITHIN_MS).emitWithAck("reauth", { token });
      if (socket === this.socket) this.renewLater(expires_at);
    } catch {
      if (socket !== this.socket || this.ended) return;
      const wait = Math.max(RENEW_AGAIN_MS, (before - Date.now()) / 4);
      this.renewal = setTimeout(() => void this.renew(before), wait);
    }
  }

  private hangUp(): void {
    clearTimeout(this.timer);
    clearTimeout(this.renewal);
    const socket = this.socket;
    this.socket = null;
    socket?.disconnect();
  }

  private show(change: Partial<LineView>): void {
    this.view = { ...this.view, ...change };
    this.heard.changed(this.view);
  }
}

/** A problem in whatever came as a refusal, or null. */
export function problemIn(data: unknown): Problem | null {
  if (typeof data !== "object" || data === null) return null;
  const { code, title, retry } = data as Partial<Problem>;
  return typeof code === "string" && typeof title === "string" && typeof retry === "boolean"
    ? (data as Problem)
    : null;
}
