/** Seats follow the board, and only what changed is computed again. */
import { describe, expect, it } from "vitest";
import { alarms } from "../../src/monitor/herald";
import { refresh, type Seats } from "../../src/monitor/roster";
import { AROUND, board, link, row, seat } from "./rows";

describe("refresh", () => {
  it("keeps the seat of a row that did not change", () => {
    const seats: Seats = new Map();
    const [a, b] = [row("a"), row("b")];
    refresh(seats, board([a, b]), AROUND, false);
    const before = seats.get("a");
    expect(refresh(seats, board([a, { ...b, answered: 3 }]), AROUND, false)).toBe(true);
    expect(seats.get("a")).toBe(before);
    expect(seats.get("b")?.row.answered).toBe(3);
  });

  it("says that nothing differs when nothing does, also after a second look", () => {
    const seats: Seats = new Map();
    const same = board([row("a", { hand: true })]);
    expect(refresh(seats, same, AROUND, false)).toBe(true);
    expect(refresh(seats, same, AROUND, false)).toBe(false);
    expect(refresh(seats, same, AROUND, true)).toBe(false);
  });

  it("looks at troubles again when time has passed", () => {
    const seats: Seats = new Map();
    const still = board([row("a", { state: "not_started" })]);
    refresh(seats, still, AROUND, false);
    const later = { ...AROUND, opensAt: AROUND.now - 3_600_000 };
    expect(refresh(seats, still, later, true)).toBe(true);
    expect(seats.get("a")?.trouble.reasons[0]?.text).toBe("not started");
  });

  it("lets go of who is gone, and takes a connection that came before its row", () => {
    const seats: Seats = new Map();
    refresh(seats, board([row("a"), row("b")], [link("x")]), AROUND, false);
    expect(seats.has("x")).toBe(false);
    expect(refresh(seats, board([row("b")]), AROUND, false)).toBe(true);
    expect([...seats.keys()]).toEqual(["b"]);
  });

  it("ranks by name as people do", () => {
    const seats: Seats = new Map();
    const named = ["Émile", "Zoë", "emma", "Cand 10", "Cand 9"];
    refresh(seats, board(named.map((name) => row(name, { name }))), AROUND, false);
    const order = [...seats.values()].sort((a, b) => a.place - b.place);
    expect(order.map((each) => each.row.name)).toEqual([
      ...["Cand 9", "Cand 10", "Émile", "emma", "Zoë"],
    ]);
  });
});

describe("what is read aloud", () => {
  const hand = (id: string) => seat(row(id, { hand: true }), link(id));

  it("is nothing at the first look, and each new trouble once", () => {
    const first = alarms([hand("a")], null);
    expect(first.sentence).toBe("");
    const second = alarms([hand("a"), hand("b")], first.urgent);
    expect(second.sentence).toBe("Name b: hand raised.");
    expect(alarms([hand("a"), hand("b")], second.urgent).sentence).toBe("");
  });

  it("names three and counts the others", () => {
    const { sentence } = alarms(["a", "b", "c", "d", "e"].map(hand), new Map());
    expect(sentence).toContain("Name c: hand raised.");
    expect(sentence).not.toContain("Name d");
    expect(sentence).toContain("2 more rows");
  });
});
