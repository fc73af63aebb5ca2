/** A token as a value of a field's type. */
import { parseNetwork } from '../network.ts';
import { unitsOf, type Field } from './fields.ts';
import { nearestWord } from './nearest.ts';
import type { Token } from './tokens.ts';
import { FilterFault, type Filter, type Order } from './types.ts';

const NUMBER = /^([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)([a-zµ%]*)$/i;
const RANGE = /^(.+?)\.\.(.+)$/;
const TIME = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?$/i;
const EPOCH = /^(-?\d{1,12})(?:\.(\d{1,9}))?$/;
const NOT: Readonly<Record<Order, boolean>> = {
  '==': false,
  '!=': true,
  '<': false,
  '<=': false,
  '>': false,
  '>=': false,
};

const negatedIf = (negate: boolean, item: Filter): Filter => (negate ? { type: 'not', item } : item);

function numberOf(field: Field, text: string, token: Token): number {
  const found = NUMBER.exec(text);
  const units = unitsOf(field.type);
  const unit = found && (units.get(found[2]!) ?? units.get(found[2]!.toLowerCase()));
  if (found && unit !== undefined && unit !== null) return Number(found[1]) * unit;
  const known = [...units.keys()].filter(Boolean).join(', ');
  const what = found ? `${found[2]} is no unit of ${field.name}` : `${field.name} is a number; ${text} is none`;
  throw new FilterFault(what, token, found ? `Units are ${known}.` : 'Write for example 22 or 1.5.');
}

function timeOf(field: Field, token: Token): { sec: number; nano: number } {
  const epoch = EPOCH.exec(token.text);
  if (epoch) {
    const nano = Number((epoch[2] ?? '').padEnd(9, '0'));
    const sec = Number(epoch[1]);
    // Before 1970 the fraction counts downwards.
    return epoch[1]!.startsWith('-') && nano > 0 ? { sec: sec - 1, nano: 1e9 - nano } : { sec, nano };
  }
  const found = TIME.exec(token.text);
  if (found) {
    const [, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = found;
    const ms = Date.parse(`${day}T${minutes}:${seconds}${zone.toUpperCase()}`);
    if (!Number.isNaN(ms)) return { sec: ms / 1000, nano: Number(fraction.padEnd(9, '0')) };
  }
  throw new FilterFault(
    `${token.text} is no time`,
    token,
    `Write ${field.name} >= 2024-01-01T10:00:00Z (UTC), or seconds since 1970.`,
  );
}

function wordOf(field: Field, token: Token): string {
  const low = token.text.toLowerCase();
  const found = field.words!.find((w) => w.toLowerCase() === low);
  if (found !== undefined) return found;
  if (field.name === 'proto' && /^\d{1,3}$/.test(low)) return low;
  const near = nearestWord(low, field.words!);
  const list = `It is one of ${field.words!.join(', ')}.`;
  throw new FilterFault(
    `${token.text} is no ${field.name}`,
    token,
    near === undefined ? list : `Did you mean ${near}? ${list}`,
    near,
  );
}

function addressOf(field: Field, token: Token): Filter {
  const network = parseNetwork(token.text);
  if (network) return { type: 'address', field: field.name, network };
  throw new FilterFault(
    `${token.text} is neither an address nor a network`,
    token,
    'Write for example 10.0.0.5, 10.0.0.0/8 or fe80::/10.',
  );
}

function equalityOnly(field: Field, op: Token): void {
  if (op.text === '==' || op.text === '=' || op.text === '!=') return;
  throw new FilterFault(
    `${field.name} has no order: ${op.text} cannot be asked`,
    op,
    `Write ${field.name} == … or ${field.name} != ….`,
  );
}

/** `field op value`. @throws FilterFault */
export function comparison(field: Field, op: Token, value: Token): Filter {
  const order = (op.text === '=' ? '==' : op.text) as Order;
  if (value.kind === 'bare' && value.text === 'unset') {
    equalityOnly(field, op);
    return negatedIf(NOT[order], { type: 'unset', field: field.name });
  }
  const name = field.name;
  switch (field.type) {
    case 'number':
    case 'bytes':
    case 'seconds':
      return { type: 'number', field: name, op: order, value: numberOf(field, value.text, value) };
    case 'time':
      return { type: 'time', field: name, op: order, ...timeOf(field, value) };
    case 'text':
      equalityOnly(field, op);
      return negatedIf(NOT[order], { type: 'text', field: name, op: '==', value: value.text });
    case 'word':
      equalityOnly(field, op);
      return negatedIf(NOT[order], { type: 'word', field: name, word: wordOf(field, value) });
    case 'address':
      equalityOnly(field, op);
      return negatedIf(NOT[order], addressOf(field, value));
    case 'flag': {
      equalityOnly(field, op);
      const yes = /^(true|t|1|yes)$/i.test(value.text);
      if (!yes && !/^(false|f|0|no)$/i.test(value.text))
        throw new FilterFault(`${name} is true or false`, value, `Write ${name} or !${name}.`);
      return negatedIf(NOT[order] === yes, { type: 'flag', field: name });
    }
  }
}

/** One thing that may stand after `in`: a value, a network, or a range `1..1024`. @throws FilterFault */
export function member(field: Field, token: Token): Filter {
  const range =
    token.kind === 'bare' && ['number', 'bytes', 'seconds'].includes(field.type) ? RANGE.exec(token.text) : null;
  if (!range) return comparison(field, { kind: 'mark', text: '==', start: token.start, end: token.end }, token);
  const name = field.name;
  const [from, to] = [numberOf(field, range[1]!, token), numberOf(field, range[2]!, token)];
  if (to < from) throw new FilterFault('the range ends before it begins', token, `Write ${range[2]}..${range[1]}.`);
  return {
    type: 'and',
    items: [
      { type: 'number', field: name, op: '>=', value: from },
      { type: 'number', field: name, op: '<=', value: to },
    ],
  };
}
