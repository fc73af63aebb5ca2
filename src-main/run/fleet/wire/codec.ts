/**
 * A batch of slices as bytes, and back: slice by slice, row by row, in the order in which a sensor gathered them. `encodeBody` keeps to the
 * limits; `decodeBody` believes nothing. Names of columns and kinds, and what is known of traffic beforehand, go into a
 * fingerprint: a build that understands the bytes otherwise refuses them.
 */
import { createHash } from 'node:crypto';
import { ROW_LISTS, type RowList, type SliceBatch } from '../types.ts';
import { BitReader, BitWriter } from './bit-io.ts';
import { CODING } from './bits.ts';
import { WireError } from './error.ts';
import { EventCoder } from './event-rows.ts';
import { FLOW_ORDER } from './flow-expect.ts';
import { FlowCoder, STATES } from './flow-rows.ts';
import { codeHeads, codeHosts, codePlaces } from './heads.ts';
import { LIMITS } from './limits.ts';
import { MESSAGE_FIELDS } from './message-fields.ts';
import { MessageCoder } from './messages.ts';
import { fresh, prior, type Prior } from './model.ts';
import { cut, makeRowsOf, TABLES, type Rows } from './rows.ts';
import { HostCoder } from './table.ts';
import { TextCoder } from './texts.ts';
import { Column, type Range } from './column.ts';
import { ValueCoder } from './values.ts';
import { makeWindowCoder, WINDOW_ORDER } from './window-rows.ts';

const WORDS = 4;
export const WIRE_VERSION = 2;
const SCHEMA_BYTES = 4;
const MAC: Range = { least: 0, most: 2 ** 48 - 1, whole: true };

/** Of what the bytes mean: 32 bits of a hash over all tables, and over what is expected. */
export function schemaId(known: Prior = prior()): number {
  const all = [WIRE_VERSION, TABLES, MESSAGE_FIELDS, STATES, FLOW_ORDER, WINDOW_ORDER, CODING, known.digest];
  return createHash('sha256').update(JSON.stringify(all)).digest().readUInt32LE(0);
}

let ours: number | undefined;
const ourSchema = (): number => (ours ??= schemaId());

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

/** The body's bytes. @param until the batch's watermark: its cells lie shortly before it. */
export function encodeBody(body: BatchBody, { withPayload }: EncodeOptions, until = 0): Buffer {
  const known = prior();
  const bits = new BitWriter(fresh(known));
  codeBody(new ValueCoder(bits), { known, withPayload, until, given: body });
  const schema = Buffer.alloc(SCHEMA_BYTES);
  schema.writeUInt32LE(ourSchema());
  return Buffer.concat([schema, bits.done()]);
}

/** @throws WireError */
export function decodeBody(bytes: Uint8Array, until = 0): BatchBody {
  if (bytes.length < SCHEMA_BYTES) throw new WireError('truncated', 'it ends in the middle of a value');
  const schema = Buffer.from(bytes.buffer, bytes.byteOffset, SCHEMA_BYTES).readUInt32LE(0);
  if (schema !== ourSchema()) throw new WireError('other-version', 'it is of another version of Sonde');
  const known = prior();
  const bits = new BitReader(fresh(known), bytes.subarray(SCHEMA_BYTES));
  const body = codeBody(new ValueCoder(bits), { known, withPayload: true, until });
  bits.end();
  return body;
}

export interface CodeOptions {
  known: Prior;
  withPayload: boolean;
  until: number;
  /** What is written; absent: it is read. */
  given?: BatchBody;
}

/** Writes a body, or reads one. @throws WireError */
export function codeBody(values: ValueCoder, { known, withPayload, until, given }: CodeOptions): BatchBody {
  const addresses = codeHosts(values, given?.hosts);
  const heads = codeHeads(values, given?.rows.heads, until);
  const counts = Object.fromEntries(
    ROW_LISTS.map((list) => [list, heads.reduce((sum, { rows }) => sum + rows[list], 0)]),
  ) as Record<RowList, number>;
  for (const list of ROW_LISTS) values.bound(counts[list], LIMITS.rows, 'rows of one list');
  const rows = given?.rows ?? makeRowsOf(heads, counts);
  const hosts = new HostCoder(values, addresses.length / WORDS - 1);
  const texts = new TextCoder(values, known.words);
  const events = new EventCoder(values, hosts, rows.events);
  const parts = { values, hosts, texts, book: events.book, addresses, withPayload };
  const messages = new MessageCoder(parts);
  const flows = new FlowCoder(parts, rows.flows);
  const windows = makeWindowCoder(values, hosts, 'windows', rows.windows);
  const pulses = makeWindowCoder(values, hosts, 'pulses', rows.pulses);
  const order = codePlaces(values, heads, given?.rows.order);
  const cards = cardCoder(values, hosts, given?.rows.cards);
  for (const head of heads) {
    const { cell, rows: count } = head;
    events.slice(cell, count.events);
    messages.slice(cell, count.messages, given?.rows.messages ?? []);
    flows.slice(cell, count.flows);
    windows(cell, count.windows);
    pulses(cell, count.pulses);
    cards.slice(head.cards);
  }
  return { hosts: addresses, rows: { ...rows, heads, order, messages: messages.messages, cards: cards.all } };
}

function cardCoder(
  values: ValueCoder,
  hosts: HostCoder,
  given: Rows['cards'] | undefined,
): { all: Rows['cards']; slice: (count: number) => void } {
  const all: Rows['cards'] = { host: [], mac: [] };
  const [host, mac] = [new Column('cards.host'), new Column('cards.mac', 24)];
  const slice = (count: number): void => {
    for (let left = count; left > 0; left--) {
      const at = all.host.length;
      values.bound(at + 1, LIMITS.cards, 'hardware addresses');
      all.host.push(hosts.host(host, given?.host[at] ?? 0, { key: 0, side: 0 }));
      all.mac.push(values.check(values.whole(mac, given?.mac[at] ?? 0), MAC));
    }
  };
  return { all, slice };
}

/** A decoded body as slices. */
export function slicesOf({ rows }: BatchBody): SliceBatch['slices'] {
  return cut(rows);
}
