/** Which rows are shown, in which order. */
import { describe, expect, it } from "vitest";
import { arranged, comparing, PLAIN_VIEW, placesOf, within } from "../../src/monitor/arrange";
import { CHIPS, count, passes } from "../../src/monitor/chips";
import { link, NOW, row, seat, seated } from "./rows";

const view = (more: Partial<typeof PLAIN_VIEW>) => ({ ...PLAIN_VIEW, ...more });

describe("filters", () => {
  const seats = seated(
    [
      row("a", { name: "Ana Öz", hall: "Hall A", group: "G1" }),
      row("b", { name: "Bo", hall: "Hall B", group: "G1", state: "submitted" }),
      row("c", { name: "Cy", hall: "Hall A", state: "not_started", hand: true }),
    ],
    [link("a", { level: "silent" }), link("b"), link("c")],
  );
  const shown = (more: Partial<typeof PLAIN_VIEW>) => arranged(seats.values(), view(more)).sort();

  it("find every word of the search in name, id, hall or group", () => {
    expect(shown({ search: "öz hall" })).toEqual(["a"]);
    expect(shown({ search: "c-b" })).toEqual(["b"]);
    expect(shown({ search: "g1" })).toEqual(["a", "b"]);
    expect(shown({ search: "nobody" })).toEqual([]);
  });

  it("let through whom any pressed chip counts", () => {
    expect(shown({ chips: ["submitted", "hands"] })).toEqual(["b", "c"]);
    expect(shown({ chips: ["offline"] })).toEqual(["a"]);
  });

  it("count who stands with the whole exam as paused", () => {
    const standing = seated([row("a", { paused_since: NOW }), row("b", { state: "submitted" })]);
    expect(arranged(standing.values(), view({ chips: ["paused"] }))).toEqual(["a"]);
    expect(arranged(standing.values(), view({ chips: ["in_progress"] }))).toEqual([]);
  });

  it("keep to a hall and a group", () => {
    expect(shown({ hall: "Hall A" })).toEqual(["a", "c"]);
    expect(shown({ hall: "Hall A", group: "G1" })).toEqual(["a"]);
    expect(within(seats.values(), view({ group: "G1", search: "x" }))).toHaveLength(2);
  });

  it("hide quiet rows, and one that gets trouble is there again", () => {
    const quiet = seated([row("a"), row("b")]);
    const hidden = () => arranged(quiet.values(), view({ hideQuiet: true }));
    expect(hidden()).toEqual([]);
    quiet.set("b", seat(row("b", { hand: true }), link("b")));
    expect(hidden()).toEqual(["b"]);
  });

  it("name the halls and groups there are, in order", () => {
    expect(placesOf(seats.values())).toEqual({ halls: ["Hall A", "Hall B"], groups: ["G1"] });
  });
});

describe("orders", () => {
  const seats = seated(
    [
      row("a", { name: "Al", answered: 5, deadline: NOW + 9_000, violations: 1, hall: "2" }),
      row("b", { name: "bo", answered: 9, deadline: NOW + 1_000, state: "paused", hall: "10" }),
      row("c", { name: "Cy", answered: 1, deadline: NOW + 5_000, violations: 7 }),
    ],
    [link("a", { rtt_ms: 40 }), link("b", { level: "away" }), link("c", { rtt_ms: 900 })],
  );
  const by = (sort: string) => arranged(seats.values(), view({ sort })).join("");

  it("are there for every column, both ways", () => {
    expect(by("name")).toBe("abc");
    expect(by("-name")).toBe("cba");
    expect(by("progress")).toBe("cab");
    expect(by("-progress")).toBe("bac");
    expect(by("left")).toBe("bca");
    expect(by("signals")).toBe("cab");
    expect(by("line")).toBe("bca");
    expect(by("state")).toBe("acb");
  });

  it("read numbers in names of halls as numbers", () => {
    expect(by("hall")).toBe("cab");
  });

  it("end in the name, so that no two rows are equal", () => {
    const [a, b] = [seats.get("a"), seats.get("b")];
    for (const sort of ["trouble", "name", "-state", "saved", "hand", "nonsense"]) {
      if (a && b) expect(comparing(sort)(a, b)).not.toBe(0);
    }
  });
});

describe("chips", () => {
  it("count each row in every chip it belongs to", () => {
    const seats = seated([row("a", { hand: true, violations: 1 }), row("b", { state: "absent" })]);
    const counts = count(seats.values());
    expect(counts.get("hands")).toBe(1);
    expect(counts.get("signals")).toBe(1);
    expect(counts.get("trouble")).toBe(1);
    expect(counts.get("in_progress")).toBe(1);
    expect(counts.get("absent")).toBe(1);
    expect(counts.get("submitted")).toBe(0);
  });

  it("between them know every state", () => {
    const states = ["not_started", "in_progress", "paused", "submitted", "expired"] as const;
    for (const state of [...states, "terminated", "absent"] as const) {
      const one = seat(row("a", { state }), link("a"));
      expect(CHIPS.some(({ id, has }) => id === state && has(one))).toBe(true);
    }
  });

  it("let everybody through when none is pressed", () => {
    expect(passes(seat(row("a")), [])).toBe(true);
  });
});
