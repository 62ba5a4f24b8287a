/** Getting in by an address. */
import { describe, expect, it } from "vitest";
import { session } from "../../src/kit/session";
import { arrive, fragment, readToken } from "../../src/monitor/entry";

function token(claims: object): string {
  const part = (said: object): string => Buffer.from(JSON.stringify(said)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part(claims)}.signature`;
}

const CLAIMS = { sub: "eve", role: "examiner", exp: 4_000_000_000, name: "Ève", exams: ["e"] };

describe("a token", () => {
  it("says who holds it, for the screen", () => {
    expect(readToken(token(CLAIMS))).toMatchObject({
      ...{ subject: "eve", role: "examiner", name: "Ève", exams: ["e"], halls: [] },
      expires_at: 4_000_000_000_000,
    });
  });

  it("that is none is nobody", () => {
    for (const text of ["", "x", "a.b.c"]) expect(readToken(text)).toBeNull();
  });
});

describe("arriving", () => {
  const at = (hash: string) => {
    const seen: string[] = [];
    const place = { hash, pathname: "/monitor", search: "" } as Location;
    const past = {
      state: null,
      replaceState: (_: unknown, __: string, url: string) => seen.push(url),
    };
    const exam = arrive(place, past as unknown as History);
    return { exam, seen };
  };

  it("takes the token out of the address and keeps the exam in it", () => {
    const { exam, seen } = at(`#token=${token(CLAIMS)}&exam=spring.1`);
    expect(exam).toBe("spring.1");
    expect(seen).toEqual(["/monitor#exam=spring.1"]);
    expect(session.value?.subject).toBe("eve");
  });

  it("leaves an address without a token alone", () => {
    expect(at("#exam=spring").seen).toEqual([]);
    expect(at("").exam).toBe("");
  });

  it("writes fragments that read back", () => {
    expect(at(fragment("a:b.c")).exam).toBe("a:b.c");
    expect(fragment("")).toBe("");
  });
});
