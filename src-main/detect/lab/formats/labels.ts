/** What label columns of many hands say. */
import { BadRecord } from './types.ts';

export interface Verdict {
  attack: boolean;
  kind: string;
}

const NORMAL = new Set(['normal', 'benign', 'ordinary', 'legitimate', '0', '0.0', 'false', 'no']);
const ATTACK = new Set(['attack', 'malicious', 'anomaly', 'anomalous', 'abnormal', '1', '1.0', 'true', 'yes']);
const NEITHER = new Set(['', '-', '?', 'unknown', 'background', 'none', 'nan', 'null', 'no label', 'needmanuallabel']);
/** What to do with records that nobody labelled. */
export const ADD_LABELS = 'Add the labels, or name another column with --label COLUMN --positive VALUE.';

const LONGEST_KIND = 64;

/** Name of an attack: blanks made one, a dash that was lost in another encoding put back. */
export function kindOf(text: string): string {
  const plain = text.replace(/[\u0096\u2013\u2014\ufffd]+/g, '-').replace(/\s+/g, ' ');
  return plain.trim().slice(0, LONGEST_KIND) || 'attack';
}

/** Yes or no. @throws BadRecord for anything else */
export function yesOrNo(text: string, column: string): boolean {
  const word = text.trim().toLowerCase();
  if (NORMAL.has(word)) return false;
  if (ATTACK.has(word)) return true;
  throw new BadRecord(NEITHER.has(word) ? `${column} is not set` : `${column} says neither yes nor no`);
}

/** A word for ordinary, a word for attack, or the kind of the attack. @throws BadRecord where it says nothing. */
export function verdictOf(text: string, column: string): Verdict {
  const word = text.trim().toLowerCase();
  if (NORMAL.has(word)) return { attack: false, kind: '' };
  if (NEITHER.has(word)) throw new BadRecord(`${column} is not set, or says neither ordinary nor attack`);
  return { attack: true, kind: ATTACK.has(word) ? 'attack' : kindOf(text) };
}
