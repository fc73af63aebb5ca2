/** How wide columns are: drawn or set by keys, and remembered by the browser. */
import { useCallback, useMemo, useState } from 'react';
import { FLOW_COLUMNS, type FlowColumn } from './columns.ts';

const KEY = 'sonde-flow-widths';
export const LEAST_WIDTH = 48;
export const MOST_WIDTH = 800;

/** Pixels by column id; columns that are not named have their usual width. */
export type Widths = Readonly<Record<string, number>>;

export function heldWidth(width: number): number {
  return Math.round(Math.max(LEAST_WIDTH, Math.min(MOST_WIDTH, width)));
}

/** What was stored; what it says of unknown columns, or what is no width, is passed over. */
export function readWidths(text: string | null): Widths {
  try {
    const stored: unknown = JSON.parse(text ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    const known = Object.entries(stored as Record<string, unknown>).flatMap(([id, width]): [string, number][] =>
      typeof width === 'number' && Number.isFinite(width) && FLOW_COLUMNS.some((column) => column.id === id)
        ? [[id, heldWidth(width)]]
        : [],
    );
    return Object.fromEntries(known);
  } catch {
    return {};
  }
}

/** The same objects for the same widths: a row that compares its columns is not drawn again for nothing. */
export function widened(widths: Widths): ReadonlyMap<string, FlowColumn> {
  return new Map(
    FLOW_COLUMNS.map((column) => {
      const width = widths[column.id];
      return [column.id, width === undefined || width === column.width ? column : { ...column, width }];
    }),
  );
}

/** Columns by id as wide as they are to be; and what sets a width (null: as usual again). */
export function useWidths(): [ReadonlyMap<string, FlowColumn>, (id: string, width: number | null) => void] {
  const [widths, setWidths] = useState<Widths>(() => readWidths(localStorage.getItem(KEY)));
  const set = useCallback((id: string, width: number | null) => {
    setWidths((now) => {
      const others = Object.fromEntries(Object.entries(now).filter(([name]) => name !== id));
      const next = width === null ? others : { ...others, [id]: heldWidth(width) };
      localStorage.setItem(KEY, JSON.stringify(next));
      return next;
    });
  }, []);
  return [useMemo(() => widened(widths), [widths]), set];
}
