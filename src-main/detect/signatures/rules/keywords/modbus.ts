/**
 * `modbus`: unit, function and kind of access of a request (MODBUS Application Protocol Specification V1.1b3). Addresses count
 * from 1, as people number coils and registers; on the wire they begin with 0.
 */
import { u16 } from '../../app/bytes.ts';
import { bufferTest } from '../../content/measures.ts';
import { RuleFault } from '../fault.ts';
import { wholeOf } from '../numbers.ts';
import { unquote } from '../tokens.ts';
import type { Keyword, KeywordTable } from './types.ts';

/** A request: its unit, its function, then what the function is given. */
type Test = (request: Uint8Array) => boolean;
/** Of a stretch of addresses, both ends within. */
type Range = (first: number, last: number) => boolean;

const DIAGNOSTICS = 8;
const ENCAPSULATED = 43;

interface Access {
  kind: 'read' | 'write';
  table: string;
  /** Addresses from 1; both ends within. */
  first: number;
  last: number;
}

const stretch = (kind: Access['kind'], table: string, start: number, count: number): Access => {
  return { kind, table, first: start + 1, last: start + Math.max(1, count) };
};

/** What a request reads and writes. */
function accessesOf(r: Uint8Array): Access[] {
  const start = u16(r, 2);
  const count = u16(r, 4);
  switch (r[1]) {
    case 1:
      return [stretch('read', 'coils', start, count)];
    case 2:
      return [stretch('read', 'discretes', start, count)];
    case 3:
      return [stretch('read', 'holding', start, count)];
    case 4:
      return [stretch('read', 'input', start, count)];
    case 5:
      return [stretch('write', 'coils', start, 1)];
    case 6:
      return [stretch('write', 'holding', start, 1)];
    case 15:
      return [stretch('write', 'coils', start, count)];
    case 16:
      return [stretch('write', 'holding', start, count)];
    case 23:
      return [stretch('read', 'holding', start, count), stretch('write', 'holding', u16(r, 6), u16(r, 8))];
    default:
      return [];
  }
}

const CATEGORIES: ReadonlySet<string> = new Set(['assigned', 'unassigned', 'public', 'user', 'reserved', 'all']);
const RESERVED: ReadonlySet<number> = new Set([9, 10, 13, 14, 41, 42, 90, 91, 125, 126, 127]);
const ASSIGNED: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24]);
const SUBFUNCTIONS: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20]);
const ENCAPSULATIONS: ReadonlySet<number> = new Set([13, 14]);

function categoryOf(r: Uint8Array): string {
  const code = r[1]!;
  if (code === DIAGNOSTICS) return SUBFUNCTIONS.has(u16(r, 2)) ? 'assigned' : 'reserved';
  if (code === ENCAPSULATED) return ENCAPSULATIONS.has(r[2] ?? -1) ? 'assigned' : 'reserved';
  if (ASSIGNED.has(code)) return 'assigned';
  if (RESERVED.has(code)) return 'reserved';
  return (code >= 65 && code <= 72) || (code >= 100 && code <= 110) ? 'user' : 'unassigned';
}

function isOf(category: string, word: string): boolean {
  if (word === 'all') return true;
  return category === word || (word === 'public' && (category === 'assigned' || category === 'unassigned'));
}

/** 5, <5, >5 and 3<>7 (between them, exclusive). @throws RuleFault */
function rangeOf(name: string, text: string): Range {
  const between = /^(\d+)\s*<>\s*(\d+)$/.exec(text);
  if (between) {
    const [low, high] = [Number(between[1]), Number(between[2])];
    if (low >= high) throw new RuleFault(name, `${text.slice(0, 40)}: the first is not below the second`);
    return (first, last) => high > first && low < last;
  }
  const [, sign = '', digits = ''] = /^([<>]?)\s*(\d+)$/.exec(text) ?? [];
  const value = wholeOf(name, digits);
  if (sign === '<') return (first) => value > first;
  if (sign === '>') return (_, last) => value < last;
  return (first, last) => value >= first && value <= last;
}

/** @throws RuleFault */
function functionTest(name: string, words: readonly string[]): Test {
  const [head = '', rest, ...more] = words;
  const [, negation, word = ''] = /^function\s+(!?)\s*(\S+)$/.exec(head) ?? [];
  if (more.length > 0) throw new RuleFault(name, `“${more[0]!.slice(0, 40)}” is not known`);
  if (CATEGORIES.has(word)) {
    if (rest !== undefined) throw new RuleFault(name, 'a category has no subfunction');
    return (r) => isOf(categoryOf(r), word) !== (negation === '!');
  }
  const code = wholeOf(name, word);
  if (negation === '!') throw new RuleFault(name, '“!” is known before a category alone');
  if (rest === undefined) return (r) => r[1] === code;
  const [, digits = ''] = /^subfunction\s+(\d+)$/.exec(rest) ?? [];
  const sub = wholeOf(name, digits);
  if (code !== DIAGNOSTICS) throw new RuleFault(name, 'subfunctions are of function 8');
  return (r) => r[1] === code && u16(r, 2) === sub;
}

/** @throws RuleFault */
function accessTest(name: string, words: readonly string[]): Test {
  const [head = '', address, ...more] = words;
  const [, kind, table] = /^access\s+(read|write)(?:\s+(discretes|coils|input|holding))?$/.exec(head) ?? [];
  if (kind === undefined) throw new RuleFault(name, `“${head.slice(0, 40)}” is not known`);
  if (kind === 'write' && (table === 'discretes' || table === 'input'))
    throw new RuleFault(name, `${table} cannot be written`);
  if (more.length > 0) throw new RuleFault(name, `“${more[0]!.slice(0, 40)}”: values are not compared`);
  const given = address === undefined ? undefined : (/^address\s+(.+)$/.exec(address)?.[1] ?? '');
  if (given !== undefined && table === undefined) throw new RuleFault(name, 'an address needs coils, holding …');
  const range = given === undefined ? undefined : rangeOf(name, given);
  return (r) =>
    accessesOf(r).some(
      (one) =>
        one.kind === kind && (table === undefined || one.table === table) && (range?.(one.first, one.last) ?? true),
    );
}

const keyword: Keyword = (draft, value, name) => {
  const words = unquote(value ?? '')
    .text.toLowerCase()
    .split(',')
    .map((word) => word.trim());
  const tests: Test[] = [];
  if (words[0]?.startsWith('unit ')) {
    const unit = rangeOf(name, words.shift()!.slice(5).trim());
    tests.push((r) => unit(r[0]!, r[0]!));
  }
  const [first] = words;
  if (first?.startsWith('function ')) tests.push(functionTest(name, words));
  else if (first !== undefined) tests.push(accessTest(name, words));
  const before = draft.current;
  draft.stick('modbus.request', { several: true });
  draft.add(bufferTest((request) => tests.every((test) => test(request))));
  draft.current = before;
};

export const MODBUS_KEYWORDS: KeywordTable = [['modbus', keyword]];
