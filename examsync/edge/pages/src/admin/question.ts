/** A question with its key, in words (pure). */
import type { KeyedQuestion } from "protocol";

/** The right options, or the answers that are accepted; for an essay what markers look for. */
export function keyText(question: KeyedQuestion): string {
  const right = question.options.filter((option) => option.right).map((option) => option.text);
  return (right.length > 0 ? right : question.answers).join("; ") || question.guidance;
}
