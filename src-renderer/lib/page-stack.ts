/** Pages of a list, one after another. */

export interface ListPage<Row> {
  rows: readonly Row[];
  /** Of all pages together. */
  total: number;
  /** Where the next page begins; null: this was the last. */
  next: string | null;
}

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
