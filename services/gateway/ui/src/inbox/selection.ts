/** Which rows are selected: pure. The rows themselves are kept, since a selected one may scroll out of the cache. */
import type { Conversation } from '@/api/types';

export interface Selection {
  rows: ReadonlyMap<string, Conversation>;
  /** Where a range begins: the row that was selected or let go last. */
  anchor: string | undefined;
}

export const NOTHING: Selection = { rows: new Map(), anchor: undefined };

/** What one step may select: more would be a surprise, and each row is a command of its own. */
export const SELECT_MAX = 500;

export function toggle(selection: Selection, row: Conversation): Selection {
  const rows = new Map(selection.rows);
  if (!rows.delete(row.id) && rows.size < SELECT_MAX) rows.set(row.id, row);
  return { rows, anchor: row.id };
}

/** Everything between the anchor and this row joins the selection, both ends included. */
export function extend(selection: Selection, shown: readonly Conversation[], id: string): Selection {
  const to = shown.findIndex((row) => row.id === id);
  const from = shown.findIndex((row) => row.id === selection.anchor);
  const row = shown[to];
  if (!row) return selection;
  if (from < 0) return toggle(selection, row);
  const range = shown.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { rows: added(selection.rows, range), anchor: selection.anchor };
}

export function selectAll(selection: Selection, shown: readonly Conversation[]): Selection {
  return { rows: added(selection.rows, shown), anchor: selection.anchor };
}

function added(rows: ReadonlyMap<string, Conversation>, more: readonly Conversation[]): ReadonlyMap<string, Conversation> {
  const all = new Map(rows);
  for (const row of more) if (all.size < SELECT_MAX || all.has(row.id)) all.set(row.id, row);
  return all;
}

/** Only these stay selected. */
export function keep(selection: Selection, ids: ReadonlySet<string>): Selection {
  return { rows: new Map([...selection.rows].filter(([id]) => ids.has(id))), anchor: undefined };
}

/** The selected rows as they are now, where the list knows them. */
export function selectedRows(selection: Selection, shown: readonly Conversation[]): Conversation[] {
  if (selection.rows.size === 0) return [];
  const fresh = new Map(shown.map((row) => [row.id, row]));
  return [...selection.rows.values()].map((row) => fresh.get(row.id) ?? row);
}
