/**
 * A batch of slices as bytes, and back. `encode` keeps to the limits; `decode` believes nothing. Names of columns and kinds
 * go into a fingerprint: a build that understands the bytes otherwise refuses them.
 */
import { createHash } from 'node:crypto';
import { CELLS_PER_SECOND } from '../../pipeline/slices.ts';
import { ROW_LISTS, type RowList, type SliceBatch } from '../types.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { WireError } from './error.ts';
import { checkRows, readFlows, STATES, writeFlows } from './flow-rows.ts';
import { LIMITS } from './limits.ts';
import { MESSAGE_FIELDS } from './message-fields.ts';
import { readMessages, writeMessages } from './messages.ts';
import { readNumbers, writeNumbers, type Range } from './numbers.ts';
import { cut, TABLES, type Rows, type SliceHead } from './rows.ts';
import { readTable, writeTable } from './table.ts';
import { TextList, TextTable } from './texts.ts';

const WORDS = 4;
export const WIRE_VERSION = 1;

/** Of what the bytes mean: 32 bits of a hash over all tables. */
export const SCHEMA_ID = createHash('sha256')
  .update(JSON.stringify([WIRE_VERSION, TABLES, MESSAGE_FIELDS, STATES]))
  .digest()
  .readUInt32LE(0);

const TIME: Range = { least: -1e13, most: 1e13, whole: true };
const COUNT: Range = { least: 0, most: 2 ** 51, whole: true };
const WORD: Range = { least: 0, most: 2 ** 32 - 1, whole: true };
const MAC: Range = { least: 0, most: 2 ** 48 - 1, whole: true };
const POSITION: Range = { least: 0, most: LIMITS.position, whole: true };

/** What is in a batch beside its head. */
export interface BatchBody {
  /** As in `SliceBatch`. */
  hosts: Uint32Array;
  rows: Rows;
}

export interface EncodeOptions {
  /** Sends texts that quote what hosts said to each other too. */
  withPayload: boolean;
}

/** The body's bytes, not packed. */
export function encodeBody({ hosts, rows }: BatchBody, { withPayload }: EncodeOptions): Buffer {
  const texts = new TextTable();
  const content = new ByteWriter();
  writeHeads(content, rows);
  for (const list of ROW_LISTS) writeNumbers(content, skipped(rows, list), rows.order[list].length);
  for (const column of [rows.cards.host, rows.cards.mac]) writeNumbers(content, column, column.length);
  for (const name of ['events', 'windows', 'pulses'] as const) {
    const { columns, count } = rows[name];
    writeTable(content, TABLES[name], columns as never, count);
  }
  writeFlows(content, rows.flows, hosts, texts);
  writeMessages(content, rows.messages, texts, withPayload);
  const all = new ByteWriter();
  all.u8(WIRE_VERSION);
  all.u32(SCHEMA_ID);
  writeHosts(all, hosts);
  texts.write(all);
  all.raw(content.done());
  return all.done();
}

function writeHosts(to: ByteWriter, hosts: Uint32Array): void {
  const count = hosts.length / WORDS - 1;
  to.varint(count);
  for (let w = 0; w < WORDS; w++) {
    const words = Array.from({ length: count }, (_, i) => hosts[(i + 1) * WORDS + w]!);
    writeNumbers(to, words, count);
  }
}

function writeHeads(to: ByteWriter, { heads }: Rows): void {
  to.varint(heads.length);
  const write = (of: (head: SliceHead) => number): void => writeNumbers(to, heads.map(of), heads.length);
  write(({ number }) => number);
  write(({ cell }) => cell);
  write(({ packets }) => packets);
  write(({ cell, now }) => now - secondOf(cell));
  write(({ cards }) => cards);
  for (const list of ROW_LISTS) write(({ rows }) => rows[list]);
}

/** @throws WireError */
export function decodeBody(bytes: Uint8Array): BatchBody {
  const from = new ByteReader(bytes);
  if (from.u8() !== WIRE_VERSION || from.u32() !== SCHEMA_ID) {
    throw new WireError('other-version', 'it is of another version of Sonde');
  }
  const hosts = readHosts(from);
  const texts = new TextList(from);
  const heads = readHeads(from);
  const counts = Object.fromEntries(ROW_LISTS.map((list) => [list, total(heads, list)])) as Record<RowList, number>;
  for (const list of ROW_LISTS) checkRows(counts[list]);
  const order = Object.fromEntries(
    ROW_LISTS.map((list) => [list, places(readNumbers(from, counts[list], POSITION), heads, list)]),
  ) as Record<RowList, number[]>;
  const known = hosts.length / WORDS - 1;
  const cardCount = heads.reduce((sum, { cards }) => sum + cards, 0);
  if (cardCount > LIMITS.cards) throw new WireError('too-many', `it has ${cardCount} hardware addresses`);
  const cards = {
    host: [...readNumbers(from, cardCount, { least: 0, most: known, whole: true })],
    mac: [...readNumbers(from, cardCount, MAC)],
  };
  const table = <N extends 'events' | 'windows' | 'pulses'>(name: N): Rows[N] => {
    const count = counts[name];
    return { count, capacity: count, columns: readTable(from, TABLES[name], count, known) } as unknown as Rows[N];
  };
  const [events, windows, pulses] = [table('events'), table('windows'), table('pulses')];
  const flows = readFlows(from, counts.flows, hosts, texts);
  const messages = readMessages(from, counts.messages, texts, known);
  from.end();
  return { hosts, rows: { heads, order, cards, events, windows, pulses, flows, messages } };
}

function readHosts(from: ByteReader): Uint32Array {
  const count = from.varint(LIMITS.hosts);
  const hosts = new Uint32Array((count + 1) * WORDS);
  for (let w = 0; w < WORDS; w++) {
    const words = readNumbers(from, count, WORD);
    for (let i = 0; i < count; i++) hosts[(i + 1) * WORDS + w] = words[i]!;
  }
  return hosts;
}

function readHeads(from: ByteReader): SliceHead[] {
  const count = from.varint(LIMITS.slices);
  const rowCount: Range = { least: 0, most: LIMITS.rows, whole: true };
  const numbers = readNumbers(from, count, COUNT);
  const cells = readNumbers(from, count, TIME);
  const packets = readNumbers(from, count, COUNT);
  const now = readNumbers(from, count, TIME);
  const cards = readNumbers(from, count, { least: 0, most: LIMITS.cards, whole: true });
  const rows = ROW_LISTS.map((list) => [list, readNumbers(from, count, rowCount)] as const);
  return Array.from(numbers, (number, i) => {
    if (i > 0 && (number <= numbers[i - 1]! || cells[i]! < cells[i - 1]!)) {
      throw new WireError('bad-order', 'its slices are not in order');
    }
    return {
      number,
      cell: cells[i]!,
      packets: packets[i]!,
      now: now[i]! + secondOf(cells[i]!),
      cards: cards[i]!,
      rows: Object.fromEntries(rows.map(([list, of]) => [list, of[i]!])) as Record<RowList, number>,
    };
  });
}

/** Before each row, how many of its slice went to other shards: mostly none. */
function skipped({ heads, order }: Rows, list: RowList): number[] {
  const of = order[list];
  let row = 0;
  return heads.flatMap(({ rows }) => {
    let next = 0;
    return Array.from({ length: rows[list] }, () => {
      const place = of[row++]!;
      const gap = place - next;
      next = place + 1;
      return gap;
    });
  });
}

function places(gaps: ArrayLike<number>, heads: readonly SliceHead[], list: RowList): number[] {
  const of: number[] = [];
  for (const { rows } of heads) {
    let next = 0;
    for (let left = rows[list]; left > 0; left--, next++) of.push((next += gaps[of.length]!));
    if (next > LIMITS.position) throw new WireError('out-of-range', 'a row stands too far behind in its slice');
  }
  return of;
}

/** The whole second of a cell. */
const secondOf = (cell: number): number => Math.floor(cell / CELLS_PER_SECOND);

function total(heads: readonly SliceHead[], list: RowList): number {
  return heads.reduce((sum, { rows }) => sum + rows[list], 0);
}

/** A decoded body as slices. */
export function slicesOf({ rows }: BatchBody): SliceBatch['slices'] {
  return cut(rows);
}
