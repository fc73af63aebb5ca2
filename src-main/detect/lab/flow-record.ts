/**
 * A single flow, of which not everything need be known, by a model of captures. What is unknown is taken from known ordinary
 * flows that are most like it in what is known, one after the other, and the verdict is of the mean surprise: never zero in
 * its place.
 */
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { attributionText, readsAlike } from '../../../src-shared/features/words.ts';
import { scoreOf } from '../detectors/calibration.ts';
import { usualValues } from '../detectors/contributions.ts';
import type { Model } from '../detectors/model.ts';
import { sampledShapley } from '../detectors/shapley.ts';
import { FALSE_ALARM_SHARE, MINIMUM_FLOWS, scorerFromState, type Scorer } from '../detectors/triage.ts';
import { FEATURE_COUNT } from '../features/extract.ts';
import { cellsOf } from './delimited.ts';
import { FeatureReader, schemaOf } from './features-file.ts';
import { featuresOf, FLOW_RECORD_COLUMNS, knownOf, type FlowFeatures } from './flow-values.ts';
import { REASONS, type Reason } from './lab-reasons.ts';
import { badValue, NEAREST, type NearRecord, type PartialRecord, type RecordVerdict } from './record.ts';
import { impossible } from './record-checks.ts';

/** Ordinary flows that stand in for what is unknown. */
const COMPLETIONS = 32;
/** Orders walked twice for the reasons. */
const PAIRS = 8;
/** A contribution below this part of the greatest explains nothing. */
const LEAST_PART = 0.02;
const NORMAL = 'normal';
/** What is told of a known flow. */
const SHOWN = [
  'protocol',
  'service_class',
  'conn_state',
  'duration',
  'orig_packets',
  'resp_packets',
  'orig_bytes',
  'resp_bytes',
];

/** Flows with their features and what they are. */
export interface KnownFlows {
  rows: number;
  /** Rows × features, as `extractFeatures` gives them. */
  data: Float32Array;
  /** 'normal', or the kind of attack. */
  kinds: readonly string[];
}

/** A file of features whose last column says what each flow is. @throws SondeError as FeatureReader does; RangeError for bad rows. */
export function readKnownFlows(text: string, where: string): KnownFlows {
  const [comment = '', header = '', ...lines] = text.trim().split('\n');
  const names = cellsOf(header, ',');
  const reader = new FeatureReader(schemaOf(comment) ?? '', names, where);
  const data = new Float32Array(lines.length * FEATURE_COUNT);
  const kinds = lines.map((line, r) => {
    const cells = cellsOf(line, ',');
    const wrong = cells.length === names.length ? reader.read(cells, data, r * FEATURE_COUNT) : 'not all of its fields';
    if (wrong !== undefined) throw new RangeError(`${where}: row ${r + 1}: ${wrong}`);
    return cells.at(-1)!;
  });
  return { rows: lines.length, data, kinds };
}

/** Scores flows one by one; made once for a model. */
export class FlowJudge {
  readonly model: Model;
  private readonly known: KnownFlows;
  private readonly scorer: Scorer;
  /** The known flows, prepared and scaled. */
  private readonly scaled: Float32Array;
  private readonly ordinary: readonly number[];
  private readonly usual: Float64Array;
  /** Ordinary flows of all sorts: what reasons are told against. */
  private readonly anyFlows: Float32Array;

  constructor(model: Model, known: KnownFlows) {
    this.model = model;
    this.known = known;
    const { seed } = model.description;
    this.scorer = scorerFromState(model, {
      seed,
      mode: 'causal',
      falseAlarmShare: FALSE_ALARM_SHARE,
      flowsSeen: MINIMUM_FLOWS,
      capture: undefined,
    });
    this.scaled = this.prepared(known.data, known.rows);
    this.ordinary = known.kinds.flatMap((kind, r) => (kind === NORMAL ? [r] : []));
    const step = this.ordinary.length / COMPLETIONS;
    this.anyFlows = this.background(
      Array.from({ length: COMPLETIONS }, (_, i) => this.ordinary[Math.floor(i * step)]!),
    );
    this.usual = usualValues(model.preparation, model.scaler);
  }

  /** The score from which on a flow is anomalous. */
  get threshold(): number {
    return 1 - FALSE_ALARM_SHARE;
  }

  /**
   * Some milliseconds (docs/lab-models.md).
   *
   * @throws SondeError `bad-request` for a value that its column cannot have, or when nothing is known.
   */
  score(record: PartialRecord): RecordVerdict {
    const said = knownOf(record);
    const features = featuresOf(said);
    const isKnown = Uint8Array.from(features.values, (value) => (Number.isNaN(value) ? 0 : 1));
    if (!isKnown.includes(1))
      throw badValue('record', 'nothing is known that the model goes by: give a protocol, bytes or packets');
    const distances = this.distances(features, isKnown);
    const near = (rows: readonly number[]): number[] =>
      [...rows].sort((a, b) => distances[a]! - distances[b]! || a - b);
    const background = this.background(near(this.ordinary).slice(0, COMPLETIONS));
    const surprise = this.surprises(this.completions(features, isKnown, background), COMPLETIONS);
    const mean = surprise.reduce((sum, one) => sum + one, 0) / surprise.length;
    const limit = -Math.log10(FALSE_ALARM_SHARE);
    const names = new Set(FLOW_RECORD_COLUMNS.map(({ name }) => name));
    return {
      score: scoreOf(mean),
      raw: mean,
      verdict: mean >= limit ? 'anomalous' : 'ordinary',
      threshold: this.threshold,
      certainty: surprise.filter((one) => one >= limit).length / surprise.length,
      unknown: FLOW_FEATURES.filter((_, f) => !isKnown[f]).map(({ id }) => id),
      unused: Object.keys(record).filter((name) => !names.has(name) || name === 'id.orig_h' || name === 'id.resp_h'),
      reasons: this.reasons(features, isKnown),
      nearest: near([...distances.keys()])
        .slice(0, NEAREST)
        .map((r) => this.told(r, distances[r]!)),
      impossible: impossible(said, FLOW_RECORD_COLUMNS),
    };
  }

  private prepared(raw: Float32Array, rows: number): Float32Array {
    const { preparation, scaler } = this.model;
    const out = new Float32Array(rows * preparation.width);
    preparation.into(raw, rows, out);
    scaler.apply(out, rows, out);
    return out;
  }

  /** To each known flow, in the scaled space of what is known. */
  private distances({ values }: FlowFeatures, isKnown: Uint8Array): Float64Array {
    const { preparation } = this.model;
    const row = this.prepared(
      Float32Array.from(values, (value) => (Number.isNaN(value) ? 0 : value)),
      1,
    );
    const square = new Float64Array(this.known.rows);
    for (let j = 0; j < preparation.width; j++) {
      if (!isKnown[preparation.owner[j]!]) continue;
      for (let r = 0; r < square.length; r++) square[r]! += (this.scaled[r * preparation.width + j]! - row[j]!) ** 2;
    }
    return square.map(Math.sqrt);
  }

  private background(rows: readonly number[]): Float32Array {
    const out = new Float32Array(COMPLETIONS * FEATURE_COUNT);
    for (let i = 0; i < COMPLETIONS; i++) {
      const from = rows[i % rows.length]! * FEATURE_COUNT;
      out.set(this.known.data.subarray(from, from + FEATURE_COUNT), i * FEATURE_COUNT);
    }
    return out;
  }

  private completions({ values }: FlowFeatures, isKnown: Uint8Array, background: Float32Array): Float32Array {
    return background.map((value, i) => (isKnown[i % FEATURE_COUNT] ? values[i % FEATURE_COUNT]! : value));
  }

  private surprises(rows: Float32Array, count: number): Float64Array {
    return Float64Array.from(this.scorer.scoreRows(rows, count).surprise.subarray(0, count));
  }

  private reasons({ values }: FlowFeatures, isKnown: Uint8Array): Reason[] {
    const players = [...isKnown.keys()].filter((f) => isKnown[f]);
    const owner = new Int32Array(FEATURE_COUNT).fill(-1);
    for (const [i, f] of players.entries()) owner[f] = i;
    const row = Float32Array.from(values, (value) => (Number.isNaN(value) ? 0 : value));
    const { values: parts } = sampledShapley(
      (many, count) => this.surprises(many, count),
      row,
      { rows: COMPLETIONS, data: this.anyFlows },
      owner,
      { pairs: PAIRS, seed: this.model.description.seed },
    );
    const order = players.map((f, i) => ({ f, part: parts[i]! })).sort((a, b) => b.part - a.part || a.f - b.f);
    const least = Math.max(0, order[0]!.part) * LEAST_PART;
    const out: Reason[] = [];
    for (const { f, part } of order) {
      if (out.length === REASONS || !(part > least)) break;
      const feature = FLOW_FEATURES[f]!;
      const [value, usual] = [row[f]!, this.usual[f]!];
      if (readsAlike(feature, value, usual)) continue;
      const word = (at: number): number | string => (feature.kind === 'categorical' ? feature.vocabulary[at]! : at);
      const text = attributionText(feature, value, usual);
      out.push({ column: feature.id, value: word(value), usual: word(usual), contribution: part, text });
    }
    return out;
  }

  private told(row: number, distance: number): NearRecord {
    const kind = this.known.kinds[row]!;
    const values = FLOW_FEATURES.flatMap((feature, f): [string, number | string][] => {
      if (!SHOWN.includes(feature.id)) return [];
      const value = this.known.data[row * FEATURE_COUNT + f]!;
      return [[feature.id, feature.kind === 'categorical' ? feature.vocabulary[value]! : value]];
    });
    return { distance, attack: kind !== NORMAL, kind, values: Object.fromEntries(values) };
  }
}
