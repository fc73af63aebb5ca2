import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../src-shared/domain/filter/parse.ts';
import { excluding, including } from '../../../src-renderer/features/flows/compose.ts';
import { Pages, PAGE, type PageQuestion } from '../../../src-renderer/features/flows/pages.ts';
import { moved } from '../../../src-renderer/features/flows/use-active-cell.ts';
import { readColumns, usualColumns } from '../../../src-renderer/features/flows/use-columns.ts';

describe('filters put together from values', () => {
  it('joins tests and keeps the meaning of an or', () => {
    expect(including('', 'app == DNS')).toBe('app == DNS');
    expect(including('id.resp_p == 53', 'app == DNS')).toBe('id.resp_p == 53 && app == DNS');
    expect(including('app == DNS || app == TLS', 'id.resp_p == 53')).toBe(
      '(app == DNS || app == TLS) && id.resp_p == 53',
    );
    expect(including('app == DNS', 'app == DNS')).toBe('app == DNS');
  });

  it('negates a value', () => {
    expect(excluding('', 'id.resp_h == 10.0.0.1')).toBe('id.resp_h != 10.0.0.1');
    expect(excluding('', '(ts >= 1 && ts < 2)')).toBe('!(ts >= 1 && ts < 2)');
    expect(excluding('app == DNS || app == TLS', 'history == "a b"')).toBe(
      '(app == DNS || app == TLS) && history != "a b"',
    );
  });

  it('makes filters that can be read', () => {
    for (const test of ['app == DNS', 'orig_bytes == unset', '(ts >= 1 && ts < 2)', 'uid == "x\\"y"']) {
      for (const filter of ['', 'app == DNS || app == TLS', '!(proto == tcp)']) {
        expect(parseFilter(including(filter, test)).ok, including(filter, test)).toBe(true);
        expect(parseFilter(excluding(filter, test)).ok, excluding(filter, test)).toBe(true);
      }
    }
  });
});

describe('pages of a table', () => {
  const rows = Array.from({ length: 1050 }, (_, i) => i);
  const answer = ({ limit, cursor, offset }: PageQuestion): { rows: number[]; next: string | null } => {
    const at = cursor === undefined ? (offset ?? 0) : Number(cursor);
    return { rows: rows.slice(at, at + limit), next: at + limit < rows.length ? String(at + limit) : null };
  };
  const settled = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));

  it('asks for what is in sight, by cursor next to what is there, else by offset', async () => {
    const asked: PageQuestion[] = [];
    const pages = new Pages<number>(
      (question) => (asked.push(question), Promise.resolve(answer(question))),
      () => undefined,
    );
    pages.want(0, 40);
    await settled();
    pages.want(190, 230);
    await settled();
    pages.want(1000, 1040);
    await settled();
    expect(asked).toEqual([{ limit: PAGE }, { limit: PAGE, cursor: '200' }, { limit: PAGE, offset: 1000 }]);
    expect([pages.row(0), pages.row(399), pages.row(1049), pages.row(700)]).toEqual([0, 399, 1049, undefined]);
    expect(pages.state).toEqual({ known: 1050, complete: true, loading: false, error: null });
  });

  it('asks for a last page again when there are more rows than it has, once for each number of them', async () => {
    let there = 0;
    let calls = 0;
    const pages = new Pages<number>(
      ({ limit, offset = 0 }) => {
        calls++;
        return Promise.resolve({ rows: rows.slice(0, there).slice(offset, offset + limit), next: null });
      },
      () => undefined,
    );
    pages.want(0, 40, 0);
    await settled();
    expect([calls, pages.row(0), pages.state.complete]).toEqual([1, undefined, true]);
    there = 60;
    pages.want(0, 40, 60);
    await settled();
    expect([calls, pages.row(0), pages.row(59), pages.state.known]).toEqual([2, 0, 59, 60]);
    pages.want(0, 40, 60);
    // What is said to be there and does not come is not asked for without end.
    pages.want(0, 40, 80);
    await settled();
    pages.want(0, 40, 80);
    await settled();
    expect(calls).toBe(3);
    there = 200;
    pages.want(0, 40, 200);
    await settled();
    pages.want(0, 40, 500);
    await settled();
    expect([calls, pages.row(199)]).toEqual([4, 199]);
  });

  it('gives up pages that went out of sight', () => {
    const signals: AbortSignal[] = [];
    const pages = new Pages<number>(
      (_, signal) => (signals.push(signal), new Promise(() => undefined)),
      () => undefined,
    );
    pages.want(0, 10);
    pages.want(100_000, 100_010);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    pages.end();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('stops at an error until it is asked again', async () => {
    let calls = 0;
    const pages = new Pages<number>(
      () => (calls++, Promise.reject(new Error('no'))),
      () => undefined,
    );
    pages.want(0, 10);
    await settled();
    pages.want(0, 10);
    expect([calls, pages.state.error?.message]).toEqual([1, 'no']);
    pages.again();
    pages.want(0, 10);
    expect(calls).toBe(2);
  });
});

describe('the cell the keys move', () => {
  const grid = { rows: 100, columns: 5, page: 20 };
  it.each([
    ['ArrowDown', false, { row: 11, column: 2 }],
    ['PageUp', false, { row: 0, column: 2 }],
    ['Home', false, { row: 10, column: 0 }],
    ['End', true, { row: 99, column: 4 }],
    ['q', false, null],
  ] as const)('%s (control: %s)', (key, control, place) => {
    expect(moved(key, { row: 10, column: 2 }, grid, control)).toEqual(place);
  });
});

describe('remembered columns', () => {
  it('takes what it knows and passes over the rest', () => {
    expect(readColumns('{"score":false,"nope":true,"uid":"yes"}')).toEqual({ ...usualColumns(), score: false });
    expect(readColumns('not json')).toEqual(usualColumns());
    expect(readColumns(null)).toEqual(usualColumns());
  });
});
