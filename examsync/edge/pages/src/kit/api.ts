/** The HTTP API: one way to call it, with the token of `session` and problems as errors. */
import { ProblemError, problemOf } from "./problem";
import { forget, token } from "./session";

/** Where the server is: the folder this page lies in. Also the place of its sockets. */
export const BASE: URL = new URL(
  "./",
  typeof document === "undefined" ? "http://localhost/" : document.baseURI,
);
const TIMEOUT_MS = 30_000;

export interface Call {
  /** Query parameters; undefined ones are left out. */
  query?: Record<string, string | number | boolean | undefined>;
  /** Sent as JSON; a string or a File goes as it is. */
  body?: unknown;
  type?: string;
  signal?: AbortSignal;
  /** Another token than the session's, or "" for none. */
  token?: string;
  timeout_ms?: number;
}

/** A call that is answered with JSON (or nothing). Raises ProblemError. */
export async function call<T>(method: string, path: string, options: Call = {}): Promise<T> {
  const response = await respond(method, path, options);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch {
    throw new ProblemError("unreadable", "The server's answer could not be read.");
  }
}

export const get = <T>(path: string, query?: Call["query"], signal?: AbortSignal): Promise<T> =>
  call<T>("GET", path, { ...(query && { query }), ...(signal && { signal }) });
export const post = <T>(path: string, body?: unknown, query?: Call["query"]): Promise<T> =>
  call<T>("POST", path, { body: body ?? {}, ...(query && { query }) });
export const patch = <T>(path: string, body: unknown): Promise<T> =>
  call<T>("PATCH", path, { body });
export const remove = (path: string): Promise<void> => call<void>("DELETE", path);

/** Fetch a file and let the browser save it. */
export async function download(path: string, name: string, query?: Call["query"]): Promise<void> {
  const response = await respond("GET", path, query ? { query } : {});
  save(await response.blob(), name);
}

/** Let the browser save this. */
export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The response of a call that went well. Raises ProblemError. */
export async function respond(method: string, path: string, options: Call): Promise<Response> {
  const used = options.token ?? token();
  const timeout = AbortSignal.timeout(options.timeout_ms ?? TIMEOUT_MS);
  const init: RequestInit = {
    method,
    headers: headersFor(options, used),
    signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    ...(options.body !== undefined && { body: encoded(options.body) }),
  };
  let response: Response;
  try {
    response = await fetch(address(path, options.query), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ProblemError("offline", "The server cannot be reached.", "", true);
  }
  if (response.ok) return response;
  const problem = problemOf(await response.json().catch(() => null), response.status);
  if (response.status === 401 && used !== "" && used === token()) forget();
  throw problem ?? new ProblemError("unreadable", `The server answered ${response.status}.`);
}

function headersFor(options: Call, used: string): Record<string, string> {
  const plain = typeof options.body === "string" || options.body instanceof Blob;
  const type = options.type ?? (plain ? "text/plain; charset=utf-8" : "application/json");
  return {
    accept: "application/json, application/problem+json",
    ...(options.body !== undefined && { "content-type": type }),
    ...(used && { authorization: `Bearer ${used}` }),
  };
}

function encoded(body: unknown): BodyInit {
  return typeof body === "string" || body instanceof Blob ? body : JSON.stringify(body);
}

function address(path: string, query: Call["query"] = {}): URL {
  const url = new URL(path.replace(/^\//, ""), BASE);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  return url;
}
