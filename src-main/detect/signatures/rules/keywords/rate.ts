/** How often a rule may tell: `threshold`, `detection_filter`. */
import { RuleFault } from '../fault.ts';
import { wholeOf } from '../numbers.ts';
import type { Rate, Track } from '../rule.ts';
import { listOf } from '../tokens.ts';
import type { Keyword, KeywordTable } from './types.ts';

const TRACKS: readonly Track[] = ['by_src', 'by_dst', 'by_both', 'by_rule', 'by_flow'];
const KINDS = ['limit', 'threshold', 'both', 'backoff'] as const;

function rate(filter: boolean): Keyword {
  return (draft, value, name) => {
    const words = new Map(listOf(value ?? '').map((part) => part.split(/\s+/) as [string, string | undefined]));
    const number = (word: string, usual?: number): number => {
      const text = words.get(word);
      if (text === undefined && usual !== undefined) return usual;
      if (text === undefined) throw new RuleFault(name, `does not say its ${word}`);
      return wholeOf(name, text);
    };
    const track = TRACKS.find((one) => one === words.get('track'));
    if (!track) throw new RuleFault(name, 'does not say a known way to track');
    const kind = filter ? 'filter' : KINDS.find((one) => one === words.get('type'));
    if (!kind) throw new RuleFault(name, 'does not say a known type');
    const unique = words.get('unique_on');
    if (unique !== undefined && unique !== 'src_port' && unique !== 'dst_port')
      throw new RuleFault(name, `unique_on ${unique.slice(0, 40)} is not known`);
    const made: Rate = {
      kind,
      track,
      count: number('count'),
      seconds: number('seconds', kind === 'backoff' ? 0 : undefined),
      multiplier: number('multiplier', 10),
      uniqueOn: unique,
    };
    draft.rates.push(made);
  };
}

export const RATE_KEYWORDS: KeywordTable = [
  ['threshold', rate(false)],
  ['detection_filter', rate(true)],
];
