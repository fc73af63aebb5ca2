/** MongoDB: the header of its messages, whose length fits and whose operation is known. */
import { find, findText, latin1, printable, text, u32le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const MESSAGE = 2013;
const QUERY = 2004;
/** Older operations that name their collection right away. */
const OLDER: ReadonlyMap<number, string> = new Map([
  [2001, 'update'],
  [2002, 'insert'],
  [2005, 'more'],
  [2006, 'delete'],
]);
const HEADER = 16;
const STRING = 2;
const SHOWN = 2048;
const PAYLOADS = 8;
/** Who logs in by SCRAM (RFC 5802); and by a certificate nobody is named. */
const USER = /n,,n=([^,\0]{1,64}),r=/;

/** The text behind the key of a string element, '' when it is not there. */
function valueOf(data: Uint8Array, key: string, at: number, end: number): string {
  const found = findText(data, `\x02${key}\0`, at, Math.min(end, at + SHOWN));
  return found < 0 ? '' : string(data, found + key.length + 2, end);
}

function string(data: Uint8Array, at: number, end: number): string {
  const length = at + 5 <= end ? u32le(data, at) : 0;
  return length > 1 && length <= 256 && at + 4 + length <= end ? text(data, at + 4, at + 3 + length, 128) : '';
}

function operations(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at < HEADER + 5) return;
  if (!fromOrig) {
    flow.fact('mongodb.version', valueOf(data, 'version', at, end));
    flow.also('mongodb.error', valueOf(data, 'errmsg', at, end));
    return;
  }
  const operation = u32le(data, at + 12);
  if (operation === MESSAGE && data[at + HEADER + 4] === 0) {
    const collection = command(flow, data, at + HEADER + 5, end);
    place(flow, valueOf(data, '$db', at + HEADER, end), collection);
  } else if (operation === QUERY || OLDER.has(operation)) {
    const zero = find(data, 0, at + HEADER + 4, Math.min(end, at + HEADER + 260));
    if (zero < 0) return;
    const [database = '', ...rest] = text(data, at + HEADER + 4, zero, 128).split('.');
    const inside = rest.join('.') === '$cmd' ? command(flow, data, zero + 9, end) : rest.join('.');
    if (rest.join('.') !== '$cmd') flow.also('mongodb.command', OLDER.get(operation) ?? 'find');
    place(flow, database, inside);
  }
}

/** The first element of a command is its name; its text, where it has one, the collection. */
function command(flow: FlowContext, data: Uint8Array, at: number, end: number): string {
  const zero = find(data, 0, at + 5, Math.min(end, at + 70));
  if (zero < 0) return '';
  const name = text(data, at + 5, zero, 64);
  flow.also('mongodb.command', name);
  const driver = findText(data, '\x03driver\0', at, Math.min(end, at + SHOWN));
  if (driver > 0) flow.fact('mongodb.driver', valueOf(data, 'name', driver, end));
  if (/^sasl|^isMaster$|^hello$/i.test(name))
    flow.fact('mongodb.user', printable(USER.exec(latin1(data, at, end, SHOWN))?.[1] ?? ''));
  return data[at + 4] === STRING ? string(data, zero + 1, end) : '';
}

function place(flow: FlowContext, database: string, collection: string): void {
  flow.also('mongodb.database', database);
  if (collection !== '') flow.also('mongodb.collection', collection);
}

const REPLY = 1;
const COMMAND = 2010;
const COMMAND_REPLY = 2011;
const COMPRESSED = 2012;
const OPERATIONS = new Set([
  REPLY,
  1000,
  2001,
  2002,
  QUERY,
  2005,
  2006,
  2007,
  COMMAND,
  COMMAND_REPLY,
  COMPRESSED,
  MESSAGE,
]);
const LENGTH_MAX = 48_000_000;
/** Header and what any operation has behind it. */
const LEAST = HEADER + 5;
/** Header, flags, cursor, and where and how many documents begin. */
const REPLY_LEAST = HEADER + 20;
/** Bits that there are: a checksum follows, more messages follow, and more may be answered. */
const MESSAGE_FLAGS = 0x1_0003;
const REPLY_FLAGS = 0x0f;
const QUERY_FLAGS = 0xff;

/** Whether a message may begin at `at`, of which at least the header is there. */
function header(data: Uint8Array, at: number): boolean {
  const length = u32le(data, at);
  return length >= HEADER && length <= LENGTH_MAX && OPERATIONS.has(u32le(data, at + 12));
}

/** Whether what follows the header at `at` can be its operation's, as far as it is there. */
function fits(data: Uint8Array, at: number, end: number): boolean {
  const length = u32le(data, at);
  const operation = u32le(data, at + 12);
  const first = u32le(data, at + HEADER);
  if (operation === MESSAGE) return (first & ~MESSAGE_FLAGS) === 0 && data[at + HEADER + 4]! <= 1;
  if (operation === COMPRESSED) return first !== COMPRESSED && OPERATIONS.has(first);
  if (operation === REPLY) return length >= REPLY_LEAST && first <= REPLY_FLAGS && end - at >= REPLY_LEAST;
  if (operation === QUERY) return first <= QUERY_FLAGS;
  // These begin with a text or a document, all others with a number that is little used.
  return operation === COMMAND || operation === COMMAND_REPLY || first <= 1;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < HEADER || !header(data, at)) return NO;
  const length = u32le(data, at);
  const reply = u32le(data, at + 12) === REPLY;
  // Requests answer nothing; replies do, and nobody begins with one.
  if (reply && (u32le(data, at + 8) === 0 || (p.fromOrig && p.fromStart))) return NO;
  if (length < LEAST) return NO;
  if (end - at < LEAST) return MAYBE;
  if (!fits(data, at, end)) return NO;
  const next = at + length;
  return end - next < HEADER ? (next >= end ? YES : MAYBE) : header(data, next) ? YES : NO;
}

export const mongodb: Inspector = {
  id: 'mongodb',
  over: 'tcp',
  ports: [27017, 27018],
  marks: { tcp: { at: 13, bytes: [0x00, 0x07] } },
  service: '',
  app: 'MongoDB',
  probe,
  open: once(operations, PAYLOADS),
};
