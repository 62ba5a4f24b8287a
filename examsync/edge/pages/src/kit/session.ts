/** Who is signed in, in this tab. The token lives in sessionStorage: closing the tab ends it. */
import { computed, signal } from "@preact/signals";
import type { SignedIn } from "protocol";

const KEY = "examsync.session";

/** Null: nobody is signed in. */
export const session = signal<SignedIn | null>(read());
export const signedIn = computed(() => session.value !== null);

/** The token, or "". */
export function token(): string {
  return session.value?.token ?? "";
}

/** Somebody has signed in, or has a fresh token. */
export function keep(who: SignedIn): void {
  session.value = who;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(who));
  } catch {
    // a browser that keeps nothing: signed in until the page is left
  }
}

/** Sign out here; the server's side is `POST /sign-out`. */
export function forget(): void {
  session.value = null;
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // nothing was kept
  }
}

function read(): SignedIn | null {
  try {
    const text = sessionStorage.getItem(KEY);
    const who = text ? (JSON.parse(text) as SignedIn) : null;
    return who && who.expires_at > Date.now() ? who : null;
  } catch {
    return null;
  }
}
