/** Reads the facts of one attempt: the newest page, earlier ones, new ones as they come. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Fact, Row } from "protocol";
import { explain } from "../kit";
import { D } from "./drawerwords";
import { useLookout } from "./here";

const PAGE = 100;
/** Facts are there a moment after the row moves: asked again so often, not at every heartbeat. */
const FOLLOW_MS = 1_500;

export interface Reading {
  /** Oldest first. */
  facts: Fact[];
  /** Whether the first fact is among them. */
  atStart: boolean;
  busy: boolean;
  fault: string;
  earlier: () => void;
  again: () => void;
}

export function useTimeline(row: Row): Reading {
  const { monitor } = useLookout();
  const [facts, setFacts] = useState<Fact[]>([]);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const held = useRef<Fact[]>([]);
  const reading = useRef(false);
  const live = monitor.connection.value.state === "live";
  const read = async (since: number, limit: number): Promise<void> => {
    if (reading.current) return;
    reading.current = true;
    setBusy(held.current.length === 0);
    try {
      const ack = await monitor.timeline(row.attempt, since, limit);
      held.current = joined(held.current, ack.facts);
      setFacts(held.current);
      setFault("");
    } catch (error) {
      setFault(live ? explain(error) : D.offline);
    } finally {
      reading.current = false;
      setBusy(false);
    }
  };
  const newest = (): void => {
    const last = held.current[held.current.length - 1];
    void read(last === undefined ? Math.max(0, row.rev[1] - PAGE) : last.n, PAGE);
  };
  const earlier = (): void => {
    const first = held.current[0];
    if (first === undefined) return;
    const since = Math.max(0, first.n - 1 - PAGE);
    void read(since, first.n - 1 - since);
  };
  const last = facts[facts.length - 1]?.n ?? -1;
  const wanted = row.rev[1];
  useEffect(() => {
    if (!live || (last >= wanted && held.current.length > 0)) return undefined;
    newest();
    // until the newest fact is in the database
    const again = setInterval(newest, FOLLOW_MS);
    return () => clearInterval(again);
  }, [row.attempt, wanted, live, last]);
  const atStart = facts.length === 0 || (facts[0]?.n ?? 0) <= 1;
  return { facts, atStart, busy, fault, earlier, again: newest };
}

/** Facts put together in order, each once. */
export function joined(held: readonly Fact[], more: readonly Fact[]): Fact[] {
  const all = new Map([...held, ...more].map((fact) => [fact.n, fact]));
  return [...all.values()].sort((a, b) => a.n - b.n);
}
