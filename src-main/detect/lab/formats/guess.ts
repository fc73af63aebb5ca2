/** What the columns of an unknown CSV are, told from their names and first records. */
import { secondsOf } from './times.ts';
import type { MappedRole } from '../../../../src-shared/domain/csv-mapping.ts';
import { LONGEST_WORD } from './tabular.ts';

export interface Guess {
  type: 'numeric' | 'categorical';
  role: MappedRole;
  /** Why it is no feature. */
  why?: string;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
/** As some countries write one half. */
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;
/** How programs write that there is none. */
const UNSET = /^(?:-|na|n\/a|nan|null|none|\?|[+-]?inf(?:inity)?)?$/i;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d+)?$/;
const IPV6 = /^[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?:\/\d+)?$/i;
const MAC = /^[\da-f]{2}(?:[:-][\da-f]{2}){5}$/i;
const SOURCE = /src|source|orig|client|from|saddr|srcip/i;
const TARGET = /dst|dest|resp|server|daddr|dstip/i;
const MOSTLY = 0.9;
/** Fewer different words are no names of single records. */
const MANY = 100;

const words = (name: string): string[] =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/);
const LABELS = new Set([
  'label',
  'labels',
  'class',
  'attack',
  'anomaly',
  'malicious',
  'category',
  'target',
  'outcome',
  'verdict',
  'truth',
]);
const LABEL_NAMES = /^(?:y|is_?(?:attack|anomaly|malicious)|attack_?(?:cat|type|name)|(?:sub)?category|difficulty)$/i;
const TIMES = new Set([
  'time',
  'timestamp',
  'date',
  'datetime',
  'ts',
  'stime',
  'ltime',
  'starttime',
  'endtime',
  'epoch',
]);
const IDS = /^(?:|id|uid|uuid|guid|index|no|row|flow_?id|record_?id|unnamed: ?\d+|#)$/i;

/** Whether a column by its name says what a record is. */
export function looksLikeLabel(name: string): boolean {
  return LABEL_NAMES.test(name) || (words(name).length <= 2 && words(name).some((word) => LABELS.has(word)));
}

export function isUnset(text: string): boolean {
  return UNSET.test(text.trim());
}

const share = (values: readonly string[], holds: (value: string) => boolean): number =>
  values.length === 0 ? 0 : values.filter(holds).length / values.length;

const isAddress = (value: string): boolean => IPV4.test(value) || IPV6.test(value) || MAC.test(value);

function byName(name: string): Pick<Guess, 'role' | 'why'> | undefined {
  const parts = words(name);
  if (IDS.test(name)) return { role: 'left-out', why: 'it numbers the records' };
  if (looksLikeLabel(name)) return { role: 'left-out', why: 'it looks like another label' };
  if (parts.includes('ttl') || /ttl$/i.test(name)) return { role: 'shortcut', why: 'it is a TTL' };
  if (parts.includes('port') || /^[sd]?port$|sport|dport/i.test(name)) return { role: 'shortcut', why: 'it is a port' };
  return undefined;
}

function byValues(name: string, values: readonly string[]): Pick<Guess, 'role' | 'why'> | undefined {
  if (share(values, isAddress) >= MOSTLY) {
    const role = SOURCE.test(name) ? 'source' : TARGET.test(name) ? 'target' : 'shortcut';
    return { role, why: 'it holds addresses' };
  }
  const isTimeName = words(name).some((word) => TIMES.has(word));
  const isTime = share(values, (value) => !Number.isNaN(secondsOf(value)) && (isTimeName || !NUMBER.test(value)));
  // Seconds since 1970 have ten digits; smaller numbers under such a name are durations or offsets.
  if (isTime >= MOSTLY && share(values, (value) => !NUMBER.test(value) || Number(value) > 1e8) >= MOSTLY) {
    return { role: 'time', why: 'it is the time of the record' };
  }
  if (isTimeName) return { role: 'shortcut', why: 'it is a time' };
  return undefined;
}

/** Of one column, by some of its values. */
export function guessColumn(name: string, sample: readonly string[]): Guess {
  const values = sample.map((value) => value.trim()).filter((value) => !isUnset(value));
  // A few words among numbers are faults of their records, not categories.
  const isNumeric = share(values, (value) => NUMBER.test(value)) >= MOSTLY;
  const found = byName(name) ?? byValues(name, values);
  const type = found?.role === 'time' || isNumeric ? 'numeric' : 'categorical';
  if (found) return { type, ...found };
  if (isNumeric) return { type, role: 'feature' };
  if (share(values, (value) => DECIMAL_COMMA.test(value) || NUMBER.test(value)) >= MOSTLY) {
    return { type, role: 'left-out', why: 'its numbers have decimal commas: they have to be points' };
  }
  if (values.some((value) => value.length > LONGEST_WORD))
    return { type, role: 'left-out', why: 'it holds long texts' };
  const isName = values.length >= MANY && new Set(values).size === values.length;
  return isName ? { type, role: 'left-out', why: 'it is different in every record' } : { type, role: 'feature' };
}
