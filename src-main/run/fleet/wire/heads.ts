/** What stands before the rows of a batch: its addresses, its slices, and where rows stood that went to several shards. */
import { CELLS_PER_SECOND } from '../../pipeline/slices.ts';
import { ROW_LISTS, type RowList } from '../types.ts';
import { WireError } from './error.ts';
import { LIMITS } from './limits.ts';
import type { Rows, SliceHead } from './rows.ts';
import { Column, mix, type Beside, type Range } from './column.ts';
import type { ValueCoder } from './values.ts';

const WORDS = 4;
const BYTES = 4;
/** The third word of an IPv4 address. */
const MAPPED = 0xffff;
const TIME: Range = { least: -1e13, most: 1e13, whole: true };
const COUNT: Range = { least: 0, most: 2 ** 51, whole: true };

/** The list of addresses; number 0 is none. @throws WireError */
export function codeHosts(values: ValueCoder, given: Uint32Array | undefined): Uint32Array {
  const own = given ? given.length / WORDS - 1 : 0;
  const count = values.bound(values.whole(new Column('hosts'), own), LIMITS.hosts, 'addresses');
  const hosts = given ?? new Uint32Array((count + 1) * WORDS);
  const [family, column] = [new Column('hosts.family'), new Column('hosts.byte')];
  for (let at = WORDS; at < hosts.length; at += WORDS) {
    const isMapped = hosts[at] === 0 && hosts[at + 1] === 0 && hosts[at + 2] === MAPPED;
    const isShort = values.flag(family, isMapped, { key: family.before, side: 0 });
    if (isShort && values.isReading) hosts[at + 2] = MAPPED;
    for (let w = isShort ? WORDS - 1 : 0; w < WORDS; w++) codeWord(values, column, hosts, at + w, isShort ? 1 : 0);
  }
  return hosts;
}

/** Byte by byte: each by those before it, and by what stands there in the address before. */
function codeWord(values: ValueCoder, column: Column, hosts: Uint32Array, at: number, family: number): void {
  const own = hosts[at]!;
  const before = hosts[at - WORDS] ?? 0;
  const place = (at % WORDS) * 2 + family;
  let read = 0;
  for (let byte = 0; byte < BYTES; byte++) {
    const shift = 24 - byte * 8;
    const part = column.part(`${place}.${byte}`);
    const beside: Beside = { key: read + byte, side: (before >>> shift) & 0xff };
    read = read * 256 + values.symbol(part, (own >>> shift) & 0xff, 8, beside);
  }
  hosts[at] = read;
}

/** @param until the batch's watermark. @throws WireError */
export function codeHeads(values: ValueCoder, given: readonly SliceHead[] | undefined, until: number): SliceHead[] {
  const count = values.bound(values.whole(new Column('slices'), given?.length ?? 0), LIMITS.slices, 'slices');
  const coder = new HeadCoder(values, until);
  return Array.from({ length: count }, (_, i) => coder.head(given?.[i]));
}

class HeadCoder {
  private readonly values: ValueCoder;
  private readonly columns = Object.fromEntries(
    ['number', 'first', 'cell', 'packets', 'now', 'cards', ...ROW_LISTS].map((n) => [n, new Column(`slices.${n}`)]),
  );
  private before: { number: number; cell: number } | undefined;
  private readonly until: number;

  constructor(values: ValueCoder, until: number) {
    this.values = values;
    this.until = until;
  }

  private whole(name: string, own: number, beside: Beside, range = COUNT): number {
    return this.values.check(this.values.whole(this.columns[name]!, own, beside), range);
  }

  head(given: SliceHead | undefined): SliceHead {
    const { before, values, columns } = this;
    const beside: Beside = { key: before ? 1 : 0, side: 0 };
    const own = given ?? { number: 0, cell: 0, packets: 0, now: 0, cards: 0 };
    const next = before ? before.number + 1 : 0;
    const number = next + (before ? values.signed(columns['number']!, own.number - next, beside) : 0);
    const cell = this.cell(own.cell, beside);
    const first = before ? number : this.whole('first', own.number, beside);
    if (before && (first <= before.number || cell < before.cell)) {
      throw new WireError('bad-order', 'its slices are not in order');
    }
    const packets = this.whole('packets', own.packets, { key: beside.key, side: cell - (before?.cell ?? cell) });
    const kind = { key: Math.min(packets, 40), side: 0 };
    const now = secondOf(cell) + values.signed(columns['now']!, own.now - secondOf(cell), kind);
    const rows = {} as Record<RowList, number>;
    for (const list of ROW_LISTS) {
      const count = this.whole(list, given?.rows[list] ?? 0, kind);
      kind.side = rows[list] = this.values.bound(count, LIMITS.rows, 'rows of one list');
      kind.key = mix(kind.key, Math.min(kind.side, 3));
    }
    const cards = this.whole('cards', own.cards, kind);
    const head = { number: values.check(first, COUNT), cell, packets, now: values.check(now, TIME), cards, rows };
    this.before = head;
    return head;
  }

  private cell(own: number, beside: Beside): number {
    const from = this.before ? this.before.cell : this.until;
    return this.values.check(from + this.values.signed(this.columns['cell']!, own - from, beside), TIME);
  }
}

/** The whole second of a cell. */
const secondOf = (cell: number): number => Math.floor(cell / CELLS_PER_SECOND);

/** Before each row, how many of its slice went to other shards: mostly none. @throws WireError */
export function codePlaces(
  values: ValueCoder,
  heads: readonly SliceHead[],
  given: Rows['order'] | undefined,
): Rows['order'] {
  const placesOf = (list: RowList): number[] => {
    const own = given?.[list];
    const column = new Column(`places.${list}`);
    const isWhole = own !== undefined && isGapless(heads, list, own);
    const without = values.flag(column.part('none'), isWhole);
    const places: number[] = [];
    for (const { rows } of heads) {
      let next = 0;
      for (let left = rows[list]; left > 0; left--, next++) {
        if (!without) next += values.whole(column, own ? own[places.length]! - next : 0);
        if (next > LIMITS.position) throw new WireError('out-of-range', 'a row stands too far behind in its slice');
        places.push(next);
      }
    }
    return places;
  };
  return Object.fromEntries(ROW_LISTS.map((list) => [list, placesOf(list)])) as Rows['order'];
}

function isGapless(heads: readonly SliceHead[], list: RowList, own: readonly number[]): boolean {
  let at = 0;
  for (const { rows } of heads) for (let place = 0; place < rows[list]; place++) if (own[at++] !== place) return false;
  return true;
}
