/** KaTeX with its styles: a chunk of its own, loaded by `rich` when a formula is there. */
import katex from "katex";
import "katex/dist/katex.min.css";

/** Set a formula; one that cannot be read is shown as it was written. */
export function set(place: HTMLElement, formula: string, block: boolean): void {
  try {
    katex.render(formula, place, { displayMode: block, throwOnError: true, trust: false });
    const line = place.querySelector<HTMLElement>(".katex-display");
    if (line && line.scrollWidth > line.clientWidth) line.tabIndex = 0; // keys can scroll it
  } catch {
    place.textContent = formula;
  }
}
