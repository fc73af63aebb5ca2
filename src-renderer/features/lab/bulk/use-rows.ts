/** Rows of a scored file, as far as they are in sight. */
import { useEffect, useRef, useState } from 'react';
import type { RowList, ScoredRow } from '../../../../src-shared/contract/topics/scoring.ts';
import type { SondeError } from '../../../../src-shared/errors.ts';
import { useLine } from '../../../lib/desk.tsx';
import { asSondeError } from '../../../lib/queries.ts';

const PAGE = 100;
/** Pages that are kept. */
const KEPT = 40;

export interface SeenRows {
  row(index: number): ScoredRow | undefined;
  error: SondeError | null;
}

/** `from` … `to`: the rows in sight. */
export function useRows(id: number, list: RowList, from: number, to: number): SeenRows {
  const { client, state, generation } = useLine();
  const [pages, setPages] = useState<ReadonlyMap<number, readonly ScoredRow[]>>(new Map());
  const [error, setError] = useState<SondeError | null>(null);
  const asked = useRef(new Set<number>());
  useEffect(() => {
    asked.current = new Set();
    setPages(new Map());
    setError(null);
  }, [id, list, generation]);
  useEffect(() => {
    if (!client || state !== 'open' || to < from) return;
    const mine = asked.current;
    const ask = async (page: number): Promise<void> => {
      mine.add(page);
      try {
        const { rows } = await client.scoring.rows({ id, list, offset: page * PAGE, limit: PAGE });
        if (asked.current !== mine) return;
        setPages((now) => {
          const next = new Map([...now].slice(-KEPT)).set(page, rows);
          // What was let go is asked again when it comes into sight.
          for (const each of now.keys()) if (!next.has(each)) mine.delete(each);
          return next;
        });
      } catch (thrown) {
        mine.delete(page);
        if (asked.current === mine) setError(asSondeError(thrown));
      }
    };
    for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE); page++) {
      if (!mine.has(page)) void ask(page);
    }
  }, [client, state, id, list, from, to, pages]);
  return { row: (index) => pages.get(Math.floor(index / PAGE))?.[index % PAGE], error };
}
