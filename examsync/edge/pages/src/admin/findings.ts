/** What an import found, in order and as a file (pure). */
import type { ImportProblem, RosterProblem } from "protocol";

/** Of questions or of a roll. */
export type Finding = RosterProblem & { severity?: ImportProblem["severity"] };

const RANK = { error: 0, warning: 1, info: 2 };

/** Errors first, then by line. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = (one: Finding): number => RANK[one.severity ?? "error"];
  return [...findings].sort((a, b) => rank(a) - rank(b) || a.line - b.line);
}

export function findingsCsv(findings: readonly Finding[]): string {
  const rows = findings.map((one) => [
    String(one.line),
    one.column,
    one.severity ?? "error",
    one.code,
    one.message,
  ]);
  return csv([["line", "column", "severity", "code", "message"], ...rows]);
}

/** RFC 4180; cells that a spreadsheet would take for a formula get an apostrophe before them. */
export function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
