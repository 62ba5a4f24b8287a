/** How somebody gets in: `#token=` and `#exam=` of the address, and the exams that are theirs. */
import type { Role, SignedIn } from "protocol";
import { get, keep } from "../kit";

/** An exam as lists have it; a server may say more or less. */
export interface ExamFacts {
  exam: string;
  title: string;
  status: string;
  opens_at?: number;
  window_end?: number;
  closes_at?: number;
  duration_ms?: number;
  candidates?: number;
  states?: Record<string, number>;
}

/** Take the token out of the address before anything else can see it; the exam that is named. */
export function arrive(place: Location, past: History): string {
  const said = new URLSearchParams(place.hash.slice(1));
  const token = said.get("token");
  const exam = said.get("exam") ?? "";
  if (token !== null) {
    past.replaceState(past.state, "", `${place.pathname}${place.search}${fragment(exam)}`);
    const who = readToken(token);
    if (who !== null) keep(who);
  }
  return exam;
}

/** The part of the address that names an exam, so that a reload or a bookmark finds it again. */
export function fragment(exam: string): string {
  return exam ? `#exam=${encodeURIComponent(exam)}` : "";
}

/** What a token says of its holder, unverified: the server checks it, this is for the screen.
 * Null for what is no token. */
export function readToken(token: string): SignedIn | null {
  try {
    const [, body = ""] = token.split(".");
    const bytes = Uint8Array.from(atob(body.replace(/-/g, "+").replace(/_/g, "/")), (each) =>
      each.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return {
      token,
      expires_at: Number(claims["exp"]) * 1_000,
      subject: String(claims["sub"]),
      role: claims["role"] as Role,
      name: String(claims["name"] ?? ""),
      exams: listOf(claims["exams"]),
      halls: listOf(claims["halls"]),
    };
  } catch {
    return null;
  }
}

function listOf(said: unknown): string[] {
  return Array.isArray(said) ? said.map(String) : [];
}

/** The exams to choose from, the nearest first. A token that names its exams is enough where the
 * list cannot be had. Raises ProblemError otherwise. */
export async function examsOf(who: SignedIn): Promise<ExamFacts[]> {
  try {
    const said = await get<ExamFacts[] | { items: ExamFacts[] }>("admin/exams");
    return (Array.isArray(said) ? said : said.items).filter(({ status }) => status !== "draft");
  } catch (error) {
    if (who.exams.length === 0) throw error;
    return who.exams.map((exam) => ({ exam, title: exam, status: "" }));
  }
}

/** The times of one exam, or null where they cannot be had: the page does without. */
export async function factsOf(exam: string): Promise<ExamFacts | null> {
  try {
    return await get<ExamFacts>(`admin/exams/${encodeURIComponent(exam)}`);
  } catch {
    return null;
  }
}
