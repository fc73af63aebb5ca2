/** Flows: their table, and what it says more shortly than column by column. */
import { CONN_STATES, flowSchema, HISTORY_MAX, type FlowBatch, type FlowMeta } from '../../../meter/flows/types.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { WireError } from './error.ts';
import { LIMITS } from './limits.ts';
import { readNumbers, writeNumbers, type Range } from './numbers.ts';
import { readTable, writeTable } from './table.ts';
import type { TextList, TextTable } from './texts.ts';

const WORDS = 4;
/** Columns that are written here. */
const OURS: ReadonlySet<string> = new Set(['orig', 'resp', 'history', 'historyLength', 'context']);
const FLAG: Range = { least: 0, most: 1, whole: true };
const SERVICE_MAX = 1024;

type Columns = FlowBatch['columns'];

export function writeFlows(
  to: ByteWriter,
  { count, columns, meta }: FlowBatch,
  hosts: Uint32Array,
  texts: TextTable,
): void {
  writeTable(to, flowSchema, columns, count, OURS);
  writeAddresses(to, count, columns.orig, columns.origHost, hosts);
  writeAddresses(to, count, columns.resp, columns.respHost, hosts);
  writeHistories(to, columns, count, texts);
  writeMetas(to, meta, count, texts);
}

/** @throws WireError */
export function readFlows(from: ByteReader, count: number, hosts: Uint32Array, texts: TextList): FlowBatch {
  const columns = readTable(from, flowSchema, count, hosts.length / WORDS - 1, OURS);
  readAddresses(from, count, columns.orig, columns.origHost, hosts);
  readAddresses(from, count, columns.resp, columns.respHost, hosts);
  readHistories(from, columns, count, texts);
  return { count, capacity: count, columns, meta: readMetas(from, count, texts) };
}

/** Addresses are those of the hosts, but for hosts that came too late to be told apart. */
function writeAddresses(
  to: ByteWriter,
  count: number,
  addresses: Uint32Array,
  host: Uint32Array,
  hosts: Uint32Array,
): void {
  const own: number[] = [];
  for (let i = 0; i < count; i++) {
    const [a, b] = [i * WORDS, host[i]! * WORDS];
    for (let w = 0; w < WORDS; w++) {
      if (addresses[a + w] === hosts[b + w]) continue;
      own.push(i);
      break;
    }
  }
  to.varint(own.length);
  writeNumbers(to, own, own.length);
  for (let w = 0; w < WORDS; w++)
    writeNumbers(
      to,
      own.map((i) => addresses[i * WORDS + w]!),
      own.length,
    );
}

function readAddresses(
  from: ByteReader,
  count: number,
  into: Uint32Array,
  host: Uint32Array,
  hosts: Uint32Array,
): void {
  for (let i = 0; i < count; i++) into.set(hosts.subarray(host[i]! * WORDS, (host[i]! + 1) * WORDS), i * WORDS);
  const length = from.varint(count);
  const own = readNumbers(from, length, { least: 0, most: count - 1, whole: true });
  for (let w = 0; w < WORDS; w++) {
    const words = readNumbers(from, length, { least: 0, most: 2 ** 32 - 1, whole: true });
    for (const [k, i] of own.entries()) into[i * WORDS + w] = words[k]!;
  }
}

/** Letters of Zeek's history: few different ones. */
function writeHistories(to: ByteWriter, columns: Columns, count: number, texts: TextTable): void {
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * HISTORY_MAX;
    const letters = columns.history.subarray(at, at + columns.historyLength[i]!);
    numbers[i] = texts.numberOf(String.fromCharCode(...letters));
  }
  writeNumbers(to, numbers, count);
}

function readHistories(from: ByteReader, columns: Columns, count: number, texts: TextList): void {
  const numbers = readNumbers(from, count, { least: 0, most: texts.size - 1, whole: true });
  for (let i = 0; i < count; i++) {
    const text = texts.at(numbers[i]!, HISTORY_MAX);
    columns.historyLength[i] = text.length;
    for (let at = 0; at < text.length; at++) columns.history[i * HISTORY_MAX + at] = text.charCodeAt(at) & 0xff;
  }
}

/** What inspectors learned: which flows have it, then its names, then its facts in one row. */
function writeMetas(to: ByteWriter, meta: FlowBatch['meta'], count: number, texts: TextTable): void {
  const has = Array.from({ length: count }, (_, i) => (meta[i] ? 1 : 0));
  const some = Array.from({ length: count }, (_, i) => meta[i]).filter((m) => m !== undefined);
  const facts = some.map((m) => Object.entries(m.facts).slice(0, LIMITS.facts));
  const write = (values: readonly number[]): void => writeNumbers(to, values, values.length);
  const number = (text: string, most: number): number => texts.numberOf(text.slice(0, most));
  write(has);
  write(some.map((m) => number(m.service, SERVICE_MAX)));
  write(some.map((m) => number(m.app, LIMITS.fact)));
  write(facts.map((of) => of.length));
  write(facts.flatMap((of) => of.map(([name]) => number(name, LIMITS.fact))));
  write(facts.flatMap((of) => of.map(([, value]) => number(value, LIMITS.fact))));
}

function readMetas(from: ByteReader, count: number, texts: TextList): (FlowMeta | undefined)[] {
  const text: Range = { least: 0, most: texts.size - 1, whole: true };
  const has = readNumbers(from, count, FLAG);
  const some = has.reduce((sum, flag) => sum + flag, 0);
  const services = readNumbers(from, some, text);
  const apps = readNumbers(from, some, text);
  const lengths = readNumbers(from, some, { least: 0, most: LIMITS.facts, whole: true });
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const factNames = readNumbers(from, total, text);
  const values = readNumbers(from, total, text);
  let at = 0;
  let row = 0;
  return Array.from(has, (flag) => {
    if (flag === 0) return undefined;
    const facts: [string, string][] = [];
    for (let left = lengths[row]!; left > 0; left--, at++) {
      facts.push([texts.at(factNames[at]!, LIMITS.fact), texts.at(values[at]!, LIMITS.fact)]);
    }
    const learned = { service: texts.at(services[row]!, SERVICE_MAX), app: texts.at(apps[row]!, LIMITS.fact) };
    row++;
    return { ...learned, facts: Object.fromEntries(facts) };
  });
}

/** States are numbers of a list that both sides must share. */
export const STATES = CONN_STATES.join();

export function checkRows(count: number): void {
  if (count > LIMITS.rows) throw new WireError('too-many', `a list has ${count} rows, above ${LIMITS.rows}`);
}
