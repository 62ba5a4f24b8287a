/** The shape of a place: its name, a button that makes a new one, what to look for, and all. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Button, Table, type TableProps } from "../kit";
import { type Listed, More, Shown } from "./data";

export interface ListPageProps<T> extends Omit<TableProps<T>, "caption" | "items"> {
  title: string;
  list: Listed<T>;
  /** The words of the button that opens `form`. */
  create: string;
  form: (close: () => void) => JSX.Element;
  /** Other buttons, before that one. */
  buttons?: ComponentChildren;
  filters?: ComponentChildren;
  /** Said in place of an empty table. */
  none?: ComponentChildren;
  /** Dialogs about one of them. */
  children?: ComponentChildren;
}

export function ListPage<T>(props: ListPageProps<T>): JSX.Element {
  const { title, list, create, form, buttons, filters, none, children, ...table } = props;
  const [making, setMaking] = useState(false);
  return (
    <>
      <div class="row head">
        <h1 class="grow">{title}</h1>
        {buttons}
        <Button look="main" onClick={() => setMaking(true)}>
          {create}
        </Button>
      </div>
      {filters ? <div class="row filters">{filters}</div> : null}
      <Shown of={list} empty={(items) => items.length === 0} none={none}>
        {(items) => <Table caption={title} items={items} {...table} />}
      </Shown>
      <More of={list} />
      {making ? form(() => setMaking(false)) : null}
      {children}
    </>
  );
}
