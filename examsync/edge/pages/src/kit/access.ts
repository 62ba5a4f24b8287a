/** Signing in and out, and fresh tokens before old ones end: what pages and clients call. */
import type { SignedIn } from "protocol";
import { call } from "./api";
import { forget, keep, session } from "./session";

/** With login and password. Raises ProblemError. */
export async function signIn(login: string, password: string): Promise<SignedIn> {
  return kept(await call<SignedIn>("POST", "sign-in", { body: { login, password }, token: "" }));
}

/** With the code of a slip or of a personal link. Raises ProblemError. */
export async function signInWithCode(code: string): Promise<SignedIn> {
  return kept(await call<SignedIn>("POST", "sign-in/code", { body: { code }, token: "" }));
}

/** A fresh token for the same person, while the old one is valid. Raises ProblemError. */
export async function renew(): Promise<SignedIn> {
  return kept(await call<SignedIn>("POST", "sign-in/renew"));
}

/** The server refuses this token from now on; here it is forgotten even if that fails. */
export async function signOut(): Promise<void> {
  try {
    await call<void>("POST", "sign-out");
  } finally {
    forget();
  }
}

/** What `openAttempt` and `openMonitor` take as `getToken`: renews in the last fifth of a life. */
export async function freshToken(anew: boolean): Promise<{ token: string; expires_at: number }> {
  const who = session.value;
  if (who === null) throw new Error("Nobody is signed in.");
  return anew ? renew() : who;
}

function kept(who: SignedIn): SignedIn {
  keep(who);
  return who;
}
