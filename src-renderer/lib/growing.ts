/** Lists that come page by page: what was shown stays while more is fetched, and is asked again when it changed. */
import { useEffect, useRef, useState } from 'react';
import type { DeskClient } from '../../src-shared/contract/index.ts';
import { useAsk, type Asked } from './desk.tsx';
import { PageStack, type ListPage } from './page-stack.ts';
import type { Topic } from './queries.ts';

export type LoadPageAt<Row> = (
  client: DeskClient,
  cursor: { cursor?: string },
  signal: AbortSignal,
) => Promise<ListPage<Row>>;

export interface Growing<Row> extends Asked<ListPage<Row>> {
  /** Shows one page more; null where all is shown. */
  more: (() => void) | null;
}

/** `key` names the question with all its parts; a new one begins at its first page. */
export function useGrowing<Row>(key: string, load: LoadPageAt<Row>, topics: readonly Topic[]): Growing<Row> {
  const [shown, setShown] = useState({ key, count: 1 });
  const count = shown.key === key ? shown.count : 1;
  const stack = useRef(new PageStack<Row>());
  const asked = useAsk(
    `${key} pages ${count}`,
    (client, signal) => stack.current.read(key, count, (cursor) => load(client, cursor, signal)),
    { topics, keep: true },
  );
  useEffect(() => setShown((now) => (now.key === key ? now : { key, count: 1 })), [key]);
  const more = asked.data && asked.data.next !== null ? () => setShown({ key, count: count + 1 }) : null;
  return { ...asked, more };
}
