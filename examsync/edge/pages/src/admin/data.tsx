/** Loading from the API: what is there, what went wrong, again; and lists that go on. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Banner, Button, explain, get, ProblemError, toast } from "../kit";
import { WORDS } from "./words";

/** A page of any list of the API. */
export interface Page<T> {
  items: T[];
  next: string | null;
  total: number;
}

export interface Loaded<T> {
  data: T | null;
  fault: string;
  busy: boolean;
  reload: () => void;
}

/** Load when `key` changes; an answer that comes after the next question is thrown away. */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [data, setData] = useState<T | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(true);
  const [turn, setTurn] = useState(0);
  const shown = useRef(key);
  useEffect(() => {
    const stop = new AbortController();
    setBusy(true);
    setFault("");
    if (shown.current !== key) setData(null);
    shown.current = key;
    load(stop.signal)
      .then((found) => setData(found))
      .catch((error: unknown) => stop.signal.aborted || setFault(explain(error)))
      .finally(() => stop.signal.aborted || setBusy(false));
    return () => stop.abort();
  }, [key, turn]);
  return { data, fault, busy, reload: () => setTurn((before) => before + 1) };
}

export interface Listed<T> extends Loaded<T[]> {
  total: number;
  more: (() => void) | null;
}

type Query = Record<string, string | number | boolean | undefined>;

/** A list of the API, page by page; starts anew when path or query change. */
export function useList<T>(path: string, query: Query = {}): Listed<T> {
  const key = `${path} ${JSON.stringify(query)}`;
  const first = useLoad(key, (signal) => get<Page<T>>(path, { limit: 100, ...query }, signal));
  const [rest, setRest] = useState<{ of: Page<T> | null; items: T[]; next: string | null }>({
    of: null,
    items: [],
    next: null,
  });
  const going = rest.of === first.data ? rest : { of: first.data, items: [], next: null };
  const next = going.items.length > 0 ? going.next : (first.data?.next ?? null);
  const more = async (): Promise<void> => {
    try {
      const page = await get<Page<T>>(path, { limit: 100, ...query, after: next ?? "" });
      setRest({ of: first.data, items: [...going.items, ...page.items], next: page.next });
    } catch (error) {
      toast(explain(error), "bad");
    }
  };
  return {
    data: first.data && [...first.data.items, ...going.items],
    fault: first.fault,
    busy: first.busy,
    reload: first.reload,
    total: first.data?.total ?? 0,
    more: next === null ? null : () => void more(),
  };
}

/** The frame around what is loaded: waiting, what went wrong, nothing there, or the thing. */
export function Shown<T>(props: {
  of: Loaded<T>;
  empty?: (data: T) => boolean;
  none?: ComponentChildren;
  /** The way out, where nothing else is on the screen if it cannot be loaded. */
  back?: ComponentChildren;
  children: (data: T) => ComponentChildren;
}): JSX.Element {
  const { data, fault, reload } = props.of;
  if (fault) {
    return (
      <>
        {props.back}
        <Banner tone="bad" live="assertive">
          {fault}{" "}
          <Button slim onClick={reload}>
            {WORDS.again}
          </Button>
        </Banner>
      </>
    );
  }
  if (data === null) return <p role="status">{WORDS.loading}</p>;
  if (props.empty?.(data)) return <div class="quiet">{props.none ?? WORDS.none}</div>;
  return <>{props.children(data)}</>;
}

export function More<T>(props: { of: Listed<T> }): JSX.Element | null {
  const { more, data, total } = props.of;
  if (more === null) return null;
  return (
    <p>
      <Button slim onClick={more}>
        {WORDS.loadMore(data?.length ?? 0, total)}
      </Button>
    </p>
  );
}

/** Do something that may be refused; what is refused is said. True when it was done. */
export async function attempted(act: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await act();
  } catch (error) {
    toast(explain(error), "bad");
    return false;
  }
  if (done) toast(done, "good");
  return true;
}

/** What a form is doing: busy while it runs, then the fault in words, or "". */
export interface Submitting {
  busy: boolean;
  fault: string;
  /** Do it; true when it was done. */
  run: (act: () => Promise<unknown>) => Promise<boolean>;
}

/** For forms. */
export function useSubmit(): Submitting {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const run = async (act: () => Promise<unknown>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setFault("");
    try {
      await act();
      return true;
    } catch (error) {
      setFault(explain(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, fault, run };
}

/** The report inside a refused import, if that is what the error is. */
export function reportIn(error: unknown): unknown {
  return error instanceof ProblemError ? error.data["report"] : undefined;
}
