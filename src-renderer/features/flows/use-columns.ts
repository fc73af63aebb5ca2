/** Which columns are shown: chosen, and remembered by the browser. */
import { useCallback, useState } from 'react';
import { FLOW_COLUMNS } from './columns.ts';

const KEY = 'sonde-flow-columns';

export type Visible = Record<string, boolean>;

export function usualColumns(): Visible {
  return Object.fromEntries(FLOW_COLUMNS.map(({ id, usual }) => [id, usual]));
}

/** What was stored; columns it does not know are as usual. */
export function readColumns(text: string | null): Visible {
  const usual = usualColumns();
  try {
    const stored: unknown = JSON.parse(text ?? '{}');
    if (typeof stored !== 'object' || stored === null) return usual;
    const known = Object.entries(stored).filter(
      ([id, shown]) => Object.hasOwn(usual, id) && typeof shown === 'boolean',
    );
    return { ...usual, ...(Object.fromEntries(known) as Visible) };
  } catch {
    return usual;
  }
}

export function useColumns(): [Visible, (visible: Visible) => void] {
  const [visible, setVisible] = useState<Visible>(() => readColumns(localStorage.getItem(KEY)));
  const choose = useCallback((next: Visible) => {
    localStorage.setItem(KEY, JSON.stringify(next));
    setVisible(next);
  }, []);
  return [visible, choose];
}
