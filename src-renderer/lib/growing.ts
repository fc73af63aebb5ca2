/** Lists that come page by page: what was shown stays while more is fetched, and is asked again when it changed. */
import { useEffect, useRef, useState } from 'react';
import type { DeskClient } from '../../src-shared/contract/index.ts';
import { useAsk, type Asked } from './desk.tsx';
import type { Topic } from './queries.ts';

export interface ListPage<Row> {
  rows: readonly Row[];
  /** Of all pages together. */
  total: number;
  /** Where the next page begins; null: this was the last. */
  next: string | null;
}

export type LoadPageAt<Row> = (
  client: DeskClient,
  cursor: { cursor?: string },
  signal: AbortSignal,
) => Promise<ListPage<Row>>;

/** Keeps the pages of the last answer, so that one page more costs one request. */
export class PageStack<Row> {
  private key = '';
  private pages: ListPage<Row>[] = [];

  /** The first `count` pages of the question `key`, as one. */
  async read(
    key: string,
    count: number,
    load: (cursor: { cursor?: string }) => Promise<ListPage<Row>>,
  ): Promise<ListPage<Row>> {
    // Asked for as many as are there, the question is asked anew: something changed.
    const pages = key === this.key && this.pages.length === count - 1 ? [...this.pages] : [];
    while (pages.length < count) {
      const last = pages.at(-1);
      if (last?.next === null) break;
      pages.push(await load(last === undefined ? {} : { cursor: last.next }));
    }
    this.key = key;
    this.pages = pages;
    const end = pages.at(-1)!;
    return { rows: pages.flatMap(({ rows }) => rows), total: end.total, next: end.next };
  }
}

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
