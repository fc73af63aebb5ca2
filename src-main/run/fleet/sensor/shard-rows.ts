/** What has been gathered for one shard: rows, and the hosts that they name. */
import type { HostTable } from '../../../meter/hosts.ts';
import { ROW_LISTS, type RowList, type Slice } from '../types.ts';
import type { BatchBody } from '../wire/codec.ts';
import { makeRows, type Rows, type SliceHead } from '../wire/rows.ts';
import type { Sent } from './resume.ts';

const WORDS = 4;
/** A shard that has so many rows of a list is full; far below what a batch may hold. */
export const FULL: Readonly<Record<RowList, number>> = {
  events: 32_768,
  messages: 16_384,
  flows: 16_384,
  windows: 16_384,
  pulses: 16_384,
};
/** Slices that make a batch full. */
const SLICES = 2048;

export type SliceFacts = Pick<Slice, 'number' | 'cell' | 'packets'>;

export class ShardRows {
  private readonly hosts: HostTable;
  rows: Rows = makeRows();
  private readonly numbers = new Map<number, number>();
  private words: number[] = [0, 0, 0, 0];
  /** What an earlier process has sent of this run. */
  sent: Sent | undefined;
  readonly numberOf = (host: number): number => this.number(host);

  constructor(hosts: HostTable) {
    this.hosts = hosts;
  }

  private number(host: number): number {
    if (host === 0) return 0;
    const known = this.numbers.get(host);
    if (known !== undefined) return known;
    const number = this.words.length / WORDS;
    this.numbers.set(host, number);
    for (let w = 0; w < WORDS; w++) this.words.push(this.hosts.words[host * WORDS + w]!);
    return number;
  }

  /** Of the slice at hand, which is begun where it has not been. */
  head(facts: SliceFacts, now: number): SliceHead {
    const last = this.rows.heads.at(-1);
    if (last?.number === facts.number) return last;
    const rows = { events: 0, messages: 0, flows: 0, windows: 0, pulses: 0 };
    const head: SliceHead = { ...facts, now, rows, cards: 0 };
    this.rows.heads.push(head);
    return head;
  }

  isFull(): boolean {
    const { rows } = this;
    return rows.heads.length >= SLICES || ROW_LISTS.some((list) => rows.order[list].length >= FULL[list]);
  }

  take(): BatchBody {
    const body = { hosts: Uint32Array.from(this.words), rows: this.rows };
    this.rows = makeRows();
    this.numbers.clear();
    this.words = [0, 0, 0, 0];
    return body;
  }
}
