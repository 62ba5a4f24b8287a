/** The exam that is on the screen, for every part of it; and how wide the screen is. */
import { signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Lookout } from "./lookout";

export const Here = createContext<Lookout | null>(null);

export function useLookout(): Lookout {
  const lookout = useContext(Here);
  if (lookout === null) throw new Error("There is no exam on the screen.");
  return lookout;
}

/** Below this rows are cards; as in monitor.css. */
const NARROW = "(max-width: 759px)";
export const ROW_PX = 46;
export const CARD_PX = 100;

export const narrow = signal(false);

/** Follow the width of the screen. */
export function followWidth(): void {
  const asked = matchMedia(NARROW);
  narrow.value = asked.matches;
  asked.addEventListener("change", () => {
    narrow.value = asked.matches;
  });
}
