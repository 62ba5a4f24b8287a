/** What the server says when it does not do something, as an Error. */
import { type Code, PROBLEMS } from "protocol";

/** `code` is stable, `title` and `detail` are for people, `data` names things for programs. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  constructor(
    readonly code: Code | "offline" | "unreadable",
    readonly title: string,
    readonly detail = "",
    readonly retry = false,
    readonly retry_after_ms: number | null = null,
    readonly data: Record<string, unknown> = {},
    readonly status = 0,
  ) {
    super(detail ? `${title} ${sentence(detail)}` : title);
  }
}

/** Details begin with a small letter; those that begin with a word (and not an id, or a name in
 *  quotes) are sentences here. */
function sentence(detail: string): string {
  const begun = /^[a-z]+ /.test(detail) ? detail.charAt(0).toUpperCase() + detail.slice(1) : detail;
  return /[.?!]$/.test(begun) ? begun : `${begun}.`;
}

/** A problem body of any origin; null for anything else. */
export function problemOf(body: unknown, status = 0): ProblemError | null {
  if (typeof body !== "object" || body === null) return null;
  const { code, title, detail, retry, retry_after_ms, data, ...rest } = body as Record<
    string,
    unknown
  >;
  if (typeof code !== "string") return null;
  const known = PROBLEMS[code as Code] as { title: string; retry: boolean } | undefined;
  return new ProblemError(
    code as Code,
    typeof title === "string" ? title : (known?.title ?? code),
    typeof detail === "string" ? detail : "",
    typeof retry === "boolean" ? retry : (known?.retry ?? false),
    typeof retry_after_ms === "number" ? retry_after_ms : null,
    { ...(data as object), ...rest },
    status,
  );
}

/** Any error as a sentence for people, who know of no tokens: then the detail says it all. */
export function explain(error: unknown): string {
  const tokens = error instanceof ProblemError && error.code === "unauthorized";
  if (tokens && error.detail) return error.detail;
  return error instanceof Error ? error.message : String(error);
}
