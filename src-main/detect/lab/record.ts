/**
 * A single record, of which not everything need be known. What is unknown is taken from records of the training data, one
 * after the other, and the score is the mean: never zero in its place.
 */
import { SondeError } from '../../../src-shared/errors.ts';
import type { FeatureMatrix } from '../types.ts';
import { BadRecord, numberOf, type ColumnSpec, type Table, type TableColumn } from './formats/types.ts';
import type { LabModel } from './lab-model.ts';
import { contributionsOf, reasonsOf, type Reason } from './lab-reasons.ts';
import { bareTable, valueAt } from './lab-table.ts';
import { impossible, type Impossible } from './record-checks.ts';

/** Values by the model's column names; null, '' and what is left out: unknown. '-': unset, where a column may be. */
export type PartialRecord = Readonly<Record<string, unknown>>;

export interface NearRecord {
  /** In the scaled space of the known columns. */
  distance: number;
  attack: boolean;
  /** 'normal', or the kind of attack. */
  kind: string;
  values: Record<string, number | string | null>;
}

export interface RecordVerdict {
  /** 0…1: the share of ordinary records that are less unusual. */
  score: number;
  raw: number;
  verdict: Verdict;
  /** The score from which on it is anomalous. */
  threshold: number;
  /** Of the ways to fill in what is unknown, the share that are anomalous. */
  certainty: number;
  /** Columns the model uses and nothing is known of; names that it does not use. */
  unknown: string[];
  unused: string[];
  reasons: Reason[];
  nearest: NearRecord[];
  impossible: Impossible[];
}

export type Verdict = 'anomalous' | 'ordinary';

/** Known records that are told. */
export const NEAREST = 5;
const LONGEST_WORD = 256;
const UNSET = '-';

export function badValue(column: string, what: string): SondeError {
  return new SondeError('bad-request', `${column}: ${what}`, column, 'Give a value, or leave it out where unknown.');
}

/** undefined: unknown. @throws SondeError `bad-request` */
export function valueOf(spec: ColumnSpec, given: unknown): number | string | undefined {
  if (given === undefined || given === null || given === '') return undefined;
  if (typeof given === 'boolean') return valueOf(spec, given ? 1 : 0);
  if (typeof given !== 'number' && typeof given !== 'string') throw badValue(spec.name, 'is not a number or a word');
  if (spec.kind === 'categorical') {
    const word = String(given);
    if (word.length > LONGEST_WORD) throw badValue(spec.name, `is longer than ${LONGEST_WORD} characters`);
    return word;
  }
  if (given === UNSET && spec.optional) return NaN;
  try {
    // What is outside the column's range is scored, and said to be impossible.
    return numberOf(String(given), { name: spec.name, kind: spec.kind, role: spec.role });
  } catch (error) {
    if (error instanceof BadRecord) throw badValue(spec.name, 'is not a number');
    throw error;
  }
}

function columnOf(spec: ColumnSpec, value: number | string | undefined): TableColumn {
  const none = { numbers: new Float32Array(0), codes: new Int32Array(0), words: [] };
  if (spec.kind === 'numeric') return { spec, ...none, numbers: Float32Array.of(Number(value ?? NaN)) };
  return { spec, ...none, codes: Int32Array.of(0), words: [String(value ?? '')] };
}

/** The background with what is known written over it. */
function completions(model: LabModel, encoded: FeatureMatrix, known: Uint8Array): FeatureMatrix {
  const { features, rows, data } = model.backgroundRows;
  const { owner } = model.encoder;
  const out = Float32Array.from(data.subarray(0, rows * features.length));
  for (let j = 0; j < owner.length; j++) {
    if (!known[owner[j]!]) continue;
    for (let r = 0; r < rows; r++) out[r * features.length + j] = encoded.data[j]!;
  }
  return { features, rows, data: out };
}

function nearest(model: LabModel, encoded: FeatureMatrix, known: Uint8Array): NearRecord[] {
  const { owner } = model.encoder;
  const width = owner.length;
  const row = model.scaling.apply(encoded, 'scaled').data;
  const { data, rows } = model.scaled;
  const square = new Float64Array(rows);
  for (let j = 0; j < width; j++) {
    if (!known[owner[j]!]) continue;
    for (let r = 0; r < rows; r++) square[r]! += (data[r * width + j]! - row[j]!) ** 2;
  }
  const order = [...square.keys()].sort((a, b) => square[a]! - square[b]! || a - b).slice(0, NEAREST);
  return order.map((r) => {
    const attack = model.known.attack[r] === 1;
    return {
      distance: Math.sqrt(square[r]!),
      attack,
      kind: attack ? model.known.kinds[model.known.kind[r]!]! : 'normal',
      values: Object.fromEntries(model.known.columns.map((column) => [column.spec.name, valueAt(column, r)])),
    };
  });
}

/**
 * Scores one record. 5 to 80 ms by a random forest (docs/lab-models.md).
 *
 * @throws SondeError `bad-request` for a value that its column cannot have, or when nothing is known.
 */
export function scoreRecord(model: LabModel, record: PartialRecord): RecordVerdict {
  const { columns, threshold } = model.description;
  const values = columns.map((spec) => valueOf(spec, Object.hasOwn(record, spec.name) ? record[spec.name] : undefined));
  const used = new Set(model.encoder.sources);
  const known = Uint8Array.from(values, (value, i) => (value !== undefined && used.has(i) ? 1 : 0));
  if (!known.includes(1)) {
    const names = model.needed.slice(0, 8).map(({ name }) => name);
    throw badValue('record', `nothing is known that the model goes by (${names.join(', ')}, …)`);
  }
  const table: Table = bareTable(
    columns.map((spec, i) => columnOf(spec, values[i])),
    1,
    { attack: new Uint8Array(1), kind: new Int32Array(1), kinds: ['normal'] },
  );
  const encoded = model.encode(table);
  const whole = model.encoder.sources.every((source) => known[source]);
  const scores = model.judge(model.raw(whole ? encoded : completions(model, encoded, known)));
  const count = scores.raw.length;
  const raw = scores.raw.reduce((sum, one) => sum + one, 0) / count;
  const { score, alarm } = model.judge(Float64Array.of(raw));
  const names = new Set(columns.filter((_, i) => used.has(i)).map(({ name }) => name));
  const given = columns.flatMap(({ name }, i): [string, number | string][] => {
    const value = values[i];
    return value === undefined || Number.isNaN(value) ? [] : [[name, value]];
  });
  return {
    score: score[0]!,
    raw,
    verdict: alarm[0] ? 'anomalous' : 'ordinary',
    threshold: threshold.score,
    certainty: scores.alarm.reduce((sum, one) => sum + one, 0) / count,
    unknown: columns.filter((_, i) => used.has(i) && !known[i]).map(({ name }) => name),
    unused: Object.keys(record).filter((name) => !names.has(name)),
    reasons: reasonsOf(model, table, 0, contributionsOf(model, encoded, whole ? undefined : known)),
    nearest: nearest(model, encoded, known),
    impossible: impossible(new Map(given), columns),
  };
}

/** Makes what is made once, so that the first record waits no longer than others: twice, whole and in part. */
export function warmUp(model: LabModel): void {
  const used = new Set(model.needed.map(({ name }) => name));
  const needed = model.background.columns
    .map((column): [string, number | string | null] => [column.spec.name, valueAt(column, 0)])
    .filter(([name, value]) => used.has(name) && value !== null && value !== '');
  if (needed.length === 0) return;
  scoreRecord(model, Object.fromEntries(needed));
  scoreRecord(model, Object.fromEntries(needed.slice(0, 1)));
}
