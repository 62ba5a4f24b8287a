/** Text of questions: paragraphs, and formulas between $...$, $$...$$, \(...\) or \[...\]. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** `$` beside a space, or before a digit, is money. */
const MARKS = [
  /\$\$([^$]+)\$\$/,
  /\\\[([\s\S]+?)\\\]/,
  /\\\(([\s\S]+?)\\\)/,
  /\$(?=\S)([^$\n]*?\S)\$(?!\d)/,
];
const FORMULA = new RegExp(MARKS.map((mark) => mark.source).join("|"), "g");

/** One run of text, or one formula; `block` ones stand on a line of their own. */
export interface Piece {
  text: string;
  formula: boolean;
  block: boolean;
}

/** Take a text apart. A lone dollar sign, as in a price, is text. */
export function pieces(text: string): Piece[] {
  const made: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(FORMULA)) {
    if (found.index > from) made.push(plain(text.slice(from, found.index)));
    const block = found[1] ?? found[2];
    const inside = block ?? found[3] ?? found[4] ?? "";
    made.push({ text: inside, formula: true, block: block !== undefined });
    from = found.index + found[0].length;
  }
  if (from < text.length) made.push(plain(text.slice(from)));
  return made;
}

function plain(text: string): Piece {
  return { text, formula: false, block: false };
}

/** Text with its formulas set; KaTeX is loaded only when there is one. Never reads HTML. */
export function Rich(props: { text: string }): JSX.Element {
  return (
    <span class="rich">
      {pieces(props.text).map((piece, at) =>
        piece.formula ? <Formula key={at} piece={piece} /> : <span key={at}>{piece.text}</span>,
      )}
    </span>
  );
}

function Formula(props: { piece: Piece }): JSX.Element {
  const held = useRef<HTMLSpanElement>(null);
  const { text, block } = props.piece;
  useEffect(() => {
    let gone = false;
    void import("./formula").then(({ set }) => {
      if (!gone && held.current) set(held.current, text, block);
    });
    return () => {
      gone = true;
    };
  }, [text, block]);
  return <span ref={held}>{text}</span>;
}
