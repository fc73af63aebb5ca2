/** What a rule says of itself. */
import type { Draft } from '../draft.ts';
import { RuleFault } from '../fault.ts';
import { listOf, unquote } from '../tokens.ts';
import { classPriority } from '../classes.ts';
import { patternText } from './text.ts';
import type { Keyword, KeywordTable } from './types.ts';

const NUMBER_MAX = 0xffffffff;
const LISTED = 100;

function number(set: (draft: Draft, value: number) => void): Keyword {
  return (draft, value, name) => {
    const digits = unquote(value ?? '').text;
    const n = /^\d{1,10}$/.test(digits) ? Number(digits) : NaN;
    if (!(n <= NUMBER_MAX)) throw new RuleFault(name, 'needs a whole number');
    set(draft, n);
  };
}

const ignored: Keyword = () => {};

/** `requires: version >= 7.0, feature x, keyword y`: what Suricata itself must be able to do. */
const requires: Keyword = (draft, value) => {
  for (const part of listOf(value ?? '')) {
    const [what = '', name = ''] = part.split(/\s+/);
    if (what === 'keyword') draft.required.push(name.toLowerCase());
    else if (what === 'feature') throw new RuleFault('requires', `the feature ${name.slice(0, 40)} is not there`);
    else if (what !== 'version') throw new RuleFault('requires', `“${part.slice(0, 40)}” is not known`);
  }
};

export const META_KEYWORDS: KeywordTable = [
  ['sid', number((draft, n) => void (draft.sid = n))],
  ['gid', number((draft, n) => void (draft.gid = n))],
  ['rev', number((draft, n) => void (draft.rev = n))],
  ['priority', number((draft, n) => void (draft.priority = n))],
  ['msg', (draft, value) => void (draft.message = patternText(unquote(value ?? '').text))],
  [
    'classtype',
    (draft, value) => {
      draft.classtype = unquote(value ?? '').text.toLowerCase();
      draft.priority ??= classPriority(draft.classtype);
    },
  ],
  [
    'reference',
    (draft, value) => void (draft.references.length < LISTED && draft.references.push(unquote(value ?? '').text)),
  ],
  ['metadata', (draft, value) => void draft.metadata.push(...listOf(unquote(value ?? '').text).slice(0, LISTED))],
  ['target', ignored],
  ['noalert', (draft) => void (draft.silent = true)],
  ['alert', (draft) => void (draft.silent = false)],
  ['prefilter', ignored],
  ['requires', requires],
  ['filestore', ignored],
  ['tag', ignored],
  ['logto', ignored],
  ['tls.store', ignored],
  ['tls_store', ignored],
  ['bypass', (draft) => void draft.effects.push((s) => void (s.flow && (s.flow.passed = true)))],
];
