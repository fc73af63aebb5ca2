/** `content`, its modifiers, `pcre`, and what reads or measures bytes of the buffer at hand. */
import { byteExtract, byteJump, byteMath, byteTest, type NumberForm } from '../../content/bytes.ts';
import { Content } from '../../content/content.ts';
import { base64Decode, bufferSize, entropyCheck, isDataAt } from '../../content/measures.ts';
import { patternBytes } from '../../content/pattern.ts';
import { parsePcre } from '../../content/pcre.ts';
import type { Draft } from '../draft.ts';
import { RuleFault } from '../fault.ts';
import { numberTest, wholeOf } from '../numbers.ts';
import { listOf, unquote } from '../tokens.ts';
import type { Keyword, KeywordTable } from './types.ts';

function need(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new RuleFault(name, 'needs a value');
  return value;
}

const content: Keyword = (draft, value, name) => {
  const { text, negated } = unquote(need(name, value));
  const made = new Content(patternBytes(name, text), negated);
  draft.order.push(made);
  draft.add(made);
};

const uriContent: Keyword = (draft, value, name) => {
  const { text, negated } = unquote(need(name, value));
  const made = new Content(patternBytes(name, text), negated);
  draft.order.push(made);
  draft.into('http.uri', made);
};

function place(set: (made: Content, draft: Draft, value: string) => void): Keyword {
  return (draft, value, name) => set(draft.latest(name), draft, need(name, value));
}

const pcre: Keyword = (draft, value, name) => {
  const { check, buffer } = parsePcre(need(name, value), draft.terms);
  if (buffer === undefined) draft.add(check);
  else draft.into(buffer, check);
};

const NUMBER_BASES: ReadonlyMap<string, number> = new Map([
  ['dec', 10],
  ['hex', 16],
  ['oct', 8],
]);

/** What the words after the numbers say of how a number stands in the buffer; others go to `other`. */
function formOf(
  name: string,
  words: readonly string[],
  form: NumberForm,
  other: (word: string) => boolean,
): NumberForm {
  let text = false;
  for (const word of words) {
    const lower = word.toLowerCase();
    const base = NUMBER_BASES.get(lower);
    if (lower === 'relative') form.relative = true;
    else if (lower === 'little') form.little = true;
    else if (lower === 'big') form.little = false;
    else if (lower === 'string') text = true;
    else if (lower === 'dce') form.dce = true;
    else if (base !== undefined) form.base = base;
    else if (lower.startsWith('bitmask')) form.mask = wholeOf(name, lower.slice(7));
    else if (lower !== '' && !other(lower)) throw new RuleFault(name, `“${word.slice(0, 40)}” is not known`);
  }
  if (text) form.base ??= 0;
  else form.base = undefined;
  if (!text && typeof form.bytes === 'number' && form.bytes > 8) throw new RuleFault(name, 'more than 8 bytes');
  return form;
}

function form(bytes: NumberForm['bytes'], offset: NumberForm['offset']): NumberForm {
  return { bytes, offset, relative: false, little: false, base: undefined, dce: false, mask: undefined };
}

const test: Keyword = (draft, value, name) => {
  const [bytes = '', operator = '', wanted = '', offset = '', ...rest] = listOf(need(name, value));
  const how = form(draft.value(name, bytes), draft.value(name, offset));
  draft.addRelative(
    byteTest(
      formOf(name, rest, how, () => false),
      operator,
      draft.value(name, wanted),
    ),
  );
};

const jump: Keyword = (draft, value, name) => {
  const [bytes = '', offset = '', ...rest] = listOf(need(name, value));
  const how = {
    multiplier: 1,
    align: false,
    from: 'number' as 'number' | 'beginning' | 'end',
    post: 0 as NumberForm['offset'],
  };
  const number = formOf(name, rest, form(draft.value(name, bytes), draft.value(name, offset)), (word) => {
    if (word === 'align') how.align = true;
    else if (word === 'from_beginning') how.from = 'beginning';
    else if (word === 'from_end') how.from = 'end';
    else if (word.startsWith('multiplier ')) how.multiplier = wholeOf(name, word.slice(11));
    else if (word.startsWith('post_offset ')) how.post = draft.value(name, word.slice(12));
    else return false;
    return true;
  });
  draft.addRelative(byteJump(number, how));
};

const extract: Keyword = (draft, value, name) => {
  const [bytes = '', offset = '', variable = '', ...rest] = listOf(need(name, value));
  let multiplier = 1;
  let align = 0;
  const number = formOf(name, rest, form(draft.value(name, bytes), draft.value(name, offset)), (word) => {
    if (word.startsWith('multiplier ')) multiplier = wholeOf(name, word.slice(11));
    else if (word.startsWith('align ')) align = wholeOf(name, word.slice(6));
    else return false;
    return true;
  });
  draft.addRelative(byteExtract(number, draft.variable(name, variable, true), multiplier, align));
};

const math: Keyword = (draft, value, name) => {
  const words = new Map<string, string>();
  const rest: string[] = [];
  for (const part of listOf(need(name, value))) {
    const space = part.search(/\s/);
    if (space < 0) rest.push(part);
    else words.set(part.slice(0, space).toLowerCase(), part.slice(space + 1).trim());
  }
  const get = (word: string): string => need(name, words.get(word));
  const how = form(draft.value(name, get('bytes')), draft.value(name, get('offset')));
  if (words.get('endian') === 'little') how.little = true;
  const base = words.get('string');
  if (base !== undefined) rest.push('string', base);
  const mask = words.get('bitmask');
  if (mask !== undefined) rest.push(`bitmask ${mask}`);
  const number = formOf(name, rest, how, (word) => word === 'dce');
  const by = draft.value(name, get('rvalue'));
  draft.addRelative(byteMath(number, get('oper'), by, draft.variable(name, get('result'), true)));
};

const dataAt: Keyword = (draft, value, name) => {
  const [where = '', ...rest] = listOf(need(name, value));
  const negated = where.startsWith('!');
  const unknown = rest.find((word) => word !== 'relative' && word !== 'rawbytes');
  if (unknown !== undefined) throw new RuleFault(name, `“${unknown.slice(0, 40)}” is not known`);
  const at = draft.value(name, negated ? where.slice(1) : where);
  draft.addRelative(isDataAt(at, rest.includes('relative'), negated));
};

const size: Keyword = (draft, value, name) => {
  if (draft.current === draft.payload) throw new RuleFault(name, 'follows no sticky buffer');
  draft.add(bufferSize(numberTest(name, need(name, value))));
};

const decode64: Keyword = (draft, value) => draft.add(base64Decode(value));

const sticky64: Keyword = (draft, _value, name) => {
  const outer = draft.current;
  const inner = { ...outer, checks: [], transforms: [], name: `${outer.name}|base64` };
  const last = outer.checks.at(-1);
  if (!last || !('enter' in last)) throw new RuleFault(name, 'does not follow base64_decode');
  (last as ReturnType<typeof base64Decode>).enter(inner.checks);
  draft.current = inner;
  draft.nested.push(inner);
};

export const CONTENT_KEYWORDS: KeywordTable = [
  ['content', content],
  ['uricontent', uriContent],
  ['nocase', (draft, _, name) => void (draft.latest(name).nocase = true)],
  ['rawbytes', (draft, _, name) => void draft.latest(name)],
  ['fast_pattern', (draft, _, name) => void (draft.latest(name).fastPattern = true)],
  ['startswith', (draft, _, name) => void (draft.latest(name).startsWith = true)],
  ['endswith', (draft, _, name) => void (draft.latest(name).endsWith = true)],
  ['offset', place((made, draft, value) => void (made.offset = draft.value('offset', value)))],
  ['depth', place((made, draft, value) => void (made.depth = draft.value('depth', value)))],
  ['distance', place((made, draft, value) => void (made.distance = draft.value('distance', value)))],
  ['within', place((made, draft, value) => void (made.within = draft.value('within', value)))],
  ['pcre', pcre],
  ['byte_test', test],
  ['byte_jump', jump],
  ['byte_extract', extract],
  ['byte_math', math],
  ['isdataat', dataAt],
  ['bsize', size],
  ['entropy', (draft, value, name) => draft.add(entropyCheck(need(name, value)))],
  ['base64_decode', decode64],
  ['base64_data', sticky64],
];
