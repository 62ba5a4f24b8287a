/** Where in the page we are: the part after #, as in `#/exams/mock-1/roster`. Pure but `route`. */
import { computed, signal } from "@preact/signals";

export const PLACES = ["exams", "banks", "papers", "accounts", "keys", "webhooks"] as const;
export type PlaceName = (typeof PLACES)[number];

/** `id`: the one thing that is open; `tab`: which side of it. */
export interface Route {
  place: PlaceName;
  id: string;
  tab: string;
}

export function parse(hash: string): Route {
  const parts = hash.replace(/^#\/?/, "").split("/").map(decode);
  const place = PLACES.find((one) => one === parts[0]) ?? "exams";
  return { place, id: parts[1] ?? "", tab: parts[2] ?? "" };
}

export function write(place: PlaceName, id = "", tab = ""): string {
  const parts: string[] = [place];
  if (id) parts.push(encodeURIComponent(id));
  if (id && tab) parts.push(encodeURIComponent(tab));
  return `#/${parts.join("/")}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const hash = signal(typeof location === "undefined" ? "" : location.hash);
export const route = computed(() => parse(hash.value));

if (typeof window !== "undefined") {
  window.addEventListener("hashchange", () => {
    hash.value = location.hash;
  });
}

export function goTo(place: PlaceName, id = "", tab = ""): void {
  location.hash = write(place, id, tab);
}
