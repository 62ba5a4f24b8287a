/** A picture of a question. One that does not come says so, and can be asked for again. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Banner } from "./badge";
import { Button } from "./button";

export const PICTURE_WORDS = {
  gone: "The picture could not be loaded.",
  again: "Load it again",
};

export function Picture(props: { src: string; alt: string }): JSX.Element {
  const { src, alt } = props;
  const [gone, setGone] = useState("");
  if (gone !== src) {
    return <img class="picture" src={src} alt={alt} onError={() => setGone(src)} />;
  }
  return (
    <Banner tone="warn" live="polite">
      {alt}: {PICTURE_WORDS.gone}{" "}
      <Button slim onClick={() => setGone("")}>
        {PICTURE_WORDS.again}
      </Button>
    </Banner>
  );
}
