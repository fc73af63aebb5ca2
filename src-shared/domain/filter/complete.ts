/** What could stand at a place of a filter. */
import { FIELDS, fieldNamed, unitsOf, type Field } from './fields.ts';
import { tokens, type Token } from './tokens.ts';
import { FilterFault, type Span } from './types.ts';

export interface Item {
  text: string;
  kind: 'field' | 'operator' | 'value' | 'word';
  help: string;
}

export interface Completion {
  /** What an item replaces. */
  from: number;
  to: number;
  /** What stands there before the cursor. */
  prefix: string;
  /** Where a value is expected: of this field, so that values that occur can be offered too. */
  field: Field | null;
  items: Item[];
}

const OPERATORS: readonly Item[] = [
  { text: '==', kind: 'operator', help: 'is' },
  { text: '!=', kind: 'operator', help: 'is not' },
  { text: 'in', kind: 'operator', help: 'is one of: a network, a range, { a, b }' },
  { text: '<', kind: 'operator', help: 'is less than' },
  { text: '<=', kind: 'operator', help: 'is at most' },
  { text: '>', kind: 'operator', help: 'is more than' },
  { text: '>=', kind: 'operator', help: 'is at least' },
  { text: 'contains', kind: 'operator', help: 'contains the text' },
];
const JOINS: readonly Item[] = [
  { text: '&&', kind: 'word', help: 'and' },
  { text: '||', kind: 'word', help: 'or' },
];
const ORDERED = new Set(['number', 'bytes', 'seconds', 'time']);
const COMPARING = new Set(['==', '=', '!=', '<', '<=', '>', '>=', 'in', 'contains']);

function operatorsOf(field: Field): Item[] {
  return OPERATORS.filter(({ text }) => {
    if (text === 'contains') return field.type === 'text';
    return text.startsWith('<') || text.startsWith('>') ? ORDERED.has(field.type) : true;
  });
}

function valuesOf(field: Field, prefix: string): Item[] {
  const value = (text: string, help = ''): Item => ({ text, kind: 'value', help });
  if (field.words) return field.words.map((w) => value(w));
  if (field.type === 'flag') return [value('true'), value('false')];
  const number = /^[\d.]+/.exec(prefix)?.[0];
  if (number !== undefined && (field.type === 'bytes' || field.type === 'seconds')) {
    return [...unitsOf(field.type).keys()]
      .filter(Boolean)
      .map((unit) => value(`${number}${field.type === 'bytes' ? unit.toUpperCase().replace('IB', 'iB') : unit}`));
  }
  return field.optional ? [value('unset', 'not known')] : [];
}

/** Tokens before `position` that are complete, and the one the cursor is in or right after. */
function around(text: string, position: number): { before: Token[]; word: Span & { text: string } } {
  const head = text.slice(0, position);
  let list: Token[];
  try {
    list = tokens(head).slice(0, -1);
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    list = tokens(head.slice(0, error.fault.start).slice(0, 4096)).slice(0, -1);
    return { before: list, word: { start: error.fault.start, end: position, text: head.slice(error.fault.start) } };
  }
  const last = list.at(-1);
  if (last?.kind === 'bare' && last.end === position) {
    const rest = /^[\p{L}\p{N}_.:/%+*-]*/u.exec(text.slice(position))?.[0] ?? '';
    return { before: list.slice(0, -1), word: { start: last.start, end: position + rest.length, text: last.text } };
  }
  return { before: list, word: { start: position, end: position, text: '' } };
}

/** The field whose value is expected after these tokens: after an operator, or inside `in { … `. */
function fieldAwaiting(before: readonly Token[]): Field | null {
  let at = before.length - 1;
  if (before[at]?.text === ',' || before[at]?.text === '{') {
    while (at >= 0 && before[at]!.text !== '{') at--;
    at--;
  }
  const op = before[at];
  if (!op || op.kind === 'text' || !COMPARING.has(op.text)) return null;
  const name = before[at - 1];
  if (name?.text === 'not') return fieldNamed(before[at - 2]?.text ?? '') ?? null;
  return name?.kind === 'bare' ? (fieldNamed(name.text) ?? null) : null;
}

function itemsFor(before: readonly Token[], prefix: string): { items: Item[]; field: Field | null } {
  const awaiting = fieldAwaiting(before);
  if (awaiting) return { items: valuesOf(awaiting, prefix), field: awaiting };
  const last = before.at(-1);
  const field = last?.kind === 'bare' ? fieldNamed(last.text) : undefined;
  if (field && !fieldAwaiting(before.slice(0, -1)))
    return { items: [...operatorsOf(field), ...(field.type === 'flag' ? JOINS : [])], field: null };
  const opens =
    !last ||
    ['&&', '||', '(', '!'].includes(last.text) ||
    (last.kind === 'bare' && ['and', 'or', 'not'].includes(last.text));
  if (!opens) return { items: [...JOINS], field: null };
  return { items: FIELDS.map(({ name, help }) => ({ text: name, kind: 'field', help })), field: null };
}

/** Completion at `position` of `text`, which need not be a whole filter. Items start with what stands there already. */
export function completeFilter(text: string, position: number): Completion {
  const place = Math.min(Math.max(0, position), text.length, 4096);
  const { before, word } = around(text, place);
  const { items, field } = itemsFor(before, word.text);
  const low = word.text.toLowerCase();
  const fitting = items.filter((i) => i.text.toLowerCase().startsWith(low));
  const within = items.filter((i) => i.kind === 'field' && !i.text.startsWith(low) && i.text.includes(low));
  return { from: word.start, to: word.end, prefix: word.text, field, items: [...fitting, ...within] };
}

/** How a value must be written in a filter. */
export function writtenValue(text: string): string {
  return /^[\p{L}\p{N}_.:/%+*-]+$/u.test(text) && text !== 'unset' ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
