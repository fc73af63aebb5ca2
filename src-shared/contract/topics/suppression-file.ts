/** Suppressions as a file, schema `sonde.suppressions/1`: that of `--suppressions`, and of the desk's import and export. */
import { SCOPE_PARTS, scopeText, SUPPRESSIONS_MAX, type SuppressionScope } from '../../domain/suppression.ts';
import { WEEKDAYS } from '../../domain/time-of-day.ts';
import { faultsInWords, plainFault } from '../faults.ts';
import { z } from '../schema.ts';
import { suppressionScope } from './scope.ts';

export const SUPPRESSIONS_SCHEMA = 'sonde.suppressions/1';
export const REASON_MAX = 500;
export const AUTHOR_MAX = 100;

/** Milliseconds since 1970, or RFC 3339. */
export const fileMoment = z.union(
  [z.int().min(0), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))],
  'neither milliseconds since 1970 nor a time like 2026-12-01T00:00:00Z',
);

/** A suppression in a file of ours. */
export const suppressionInFile = z.strictObject({
  scope: suppressionScope,
  reason: z.string().max(REASON_MAX).optional(),
  author: z.string().max(AUTHOR_MAX).optional(),
  createdAt: fileMoment.optional(),
  expiresAt: fileMoment.nullable().default(null),
  enabled: z.boolean().default(true),
});
export type SuppressionInFile = z.infer<typeof suppressionInFile>;

export const suppressionsFile = z.strictObject({
  schema: z.literal(SUPPRESSIONS_SCHEMA, `has to be "${SUPPRESSIONS_SCHEMA}"`),
  suppressions: z.array(suppressionInFile).max(SUPPRESSIONS_MAX),
});

/** The file around entries that are judged one by one. */
const envelope = z.strictObject({
  schema: z.literal(SUPPRESSIONS_SCHEMA, `has to be "${SUPPRESSIONS_SCHEMA}"`),
  suppressions: z.array(z.unknown()).max(SUPPRESSIONS_MAX, `has more than ${SUPPRESSIONS_MAX}`),
});

type Silencing = Pick<SuppressionInFile, 'scope' | 'expiresAt' | 'enabled'>;

const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** Its parts in one order and spelling. */
function plainScope(scope: SuppressionScope): unknown[] {
  const { protocol, domain, ja4, time } = scope;
  const plain = {
    ...scope,
    protocol: protocol?.toLowerCase(),
    domain: domain === undefined ? undefined : plainName(domain),
    ja4: ja4?.toLowerCase(),
    time: time && [time.hours, WEEKDAYS.filter((day) => time.days?.includes(day)), time.zone],
  };
  return SCOPE_PARTS.map((part) => plain[part] ?? null);
}

/** The same for suppressions that silence the same for as long. */
export function silencingKey({ scope, expiresAt, enabled }: Silencing): string {
  return JSON.stringify([plainScope(scope), expiresAt, enabled]);
}

/** What a file has of a suppression. */
export function inFile({ scope, reason, author, createdAt, expiresAt, enabled }: Required<SuppressionInFile>) {
  return { scope, reason, author, createdAt, expiresAt, enabled };
}

export function fileText(suppressions: readonly Required<SuppressionInFile>[]): string {
  return `${JSON.stringify({ schema: SUPPRESSIONS_SCHEMA, suppressions: suppressions.map(inFile) }, null, 1)}\n`;
}

export type JudgedEntry =
  | { verdict: 'new' | 'same'; text: string; entry: SuppressionInFile }
  /** `text`: its place in the file; `fault`: in words. */
  | { verdict: 'refused'; text: string; fault: string };

/** Faults of one that are named. */
const FAULTS_SHOWN = 1;

function judge(value: unknown, place: number, known: Set<string>): JudgedEntry {
  const parsed = suppressionInFile.safeParse(value, { error: plainFault });
  if (!parsed.success) {
    const fault = faultsInWords(parsed.error.issues, FAULTS_SHOWN, 'it');
    return { verdict: 'refused', text: `number ${place + 1} in the file`, fault };
  }
  const entry = parsed.data;
  const key = silencingKey(entry);
  const verdict = known.has(key) ? 'same' : 'new';
  known.add(key);
  return { verdict, text: scopeText(entry.scope), entry };
}

/** What of a file is new beside those that are `known`, and what is wrong with it, in words. */
export function judgeFile(
  text: string,
  known: readonly Silencing[],
): { ok: true; entries: JudgedEntry[] } | { ok: false; fault: string } {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return { ok: false, fault: 'it is not JSON' };
  }
  const file = envelope.safeParse(json, { error: plainFault });
  if (!file.success) return { ok: false, fault: faultsInWords(file.error.issues, FAULTS_SHOWN) };
  const keys = new Set(known.map(silencingKey));
  return { ok: true, entries: file.data.suppressions.map((value, place) => judge(value, place, keys)) };
}
