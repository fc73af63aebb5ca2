/**
 * The two models of a day, each judged beside the one that scores now; the better stays. Which flows and incidents judge follows
 * from their content: what judges today has judged before, so that no model of any day has learned from it.
 */
import { FLOW_FEATURES } from '../../../../src-shared/features/catalogue.ts';
import type { RetrainFigures } from '../../../../src-shared/domain/lab-model.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { FEATURE_COUNT } from '../../../detect/features/extract.ts';
import { FEATURE_IDS } from '../../../detect/lab/features-file.ts';
import { featureTable } from '../../../detect/lab/flow-tables.ts';
import { hashText } from '../../../detect/lab/formats/builder.ts';
import type { Table } from '../../../detect/lab/formats/types.ts';
import { decodeLabModel, encodeLabModel } from '../../../detect/lab/lab-model-file.ts';
import type { LabModel } from '../../../detect/lab/lab-model.ts';
import { trainOnTable } from '../../../detect/lab/lab-train.ts';
import { rocAuc, stepsOf } from '../../../detect/lab/metrics.ts';
import { promotableOf } from '../../../detect/lab/promotable.ts';
import { isNoWorse } from '../../../detect/lab/successor.ts';
import { madeUpAnomalies } from '../../../detect/lab/synthetic.ts';
import type { FeatureMatrix } from '../../../detect/types.ts';
import type { Learnable, LearnableRows } from '../../../keep/store/queries/lab-models.ts';
import type { Retrained, RetrainData } from './messages.ts';

/** Flows that are needed: ordinary ones, and those of confirmed incidents. */
export const LEAST_ORDINARY = 1000;
export const LEAST_CONFIRMED = 20;
/** Share of ordinary flows that may be alarms. */
const TARGET_FPR = 0.005;
const VALIDATION = 0.2;
/** Share of the flows, and of the confirmed incidents, that judge. */
const JUDGES = 0.2;
/** Of those that score fast, the one that told made-up anomalies apart best on generated traffic; no label chose it. */
const ORDINARY_DETECTOR = 'gaussian-mixture';
const JUDGED_DETECTOR = 'random-forest';

/** What a first model must come to: share of pairs in order, and of ordinary flows that are alarms. */
const LEAST_SEPARATION = 0.7;
const MOST_ALARMS = 0.03;

/** How what is to be found is called. */
interface Strange {
  one: string;
  many: string;
}
const MADE_UP: Strange = { one: 'made-up anomaly', many: 'made-up anomalies' };
const CONFIRMED: Strange = { one: 'flow of a closed incident', many: 'flows of closed incidents' };

const count = (value: number): string => value.toLocaleString('en-US');
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** The catalogue says how its features are called in the matrix. */
function matrixOf({ rows, data }: LearnableRows): FeatureMatrix {
  return { features: [...FEATURE_IDS], rows, data };
}

function hashOfRow(data: Float32Array, row: number): number {
  const bytes = Buffer.from(data.buffer, data.byteOffset + row * FEATURE_COUNT * 4, FEATURE_COUNT * 4);
  return hashText(bytes.toString('latin1'));
}

/** `kinds`: 0 for ordinary rows, else the place of what they are in `names`. */
function tableOf({ rows, data }: LearnableRows, kind: Int32Array, names: readonly string[], source: string): Table {
  const attack = Uint8Array.from(kind, (k) => (k > 0 ? 1 : 0));
  const table = featureTable(data, rows, { attack, kind, kinds: ['normal', ...names] });
  return {
    ...table,
    format: 'sonde-features',
    files: [source],
    identity: Float64Array.from({ length: rows }, (_, row) => hashOfRow(data, row)),
  };
}

async function train(table: Table, detector: string, seed: number): Promise<LabModel> {
  const { model } = await trainOnTable(table, {
    detector,
    seed,
    validation: VALIDATION,
    targetFpr: TARGET_FPR,
    keepShortcuts: false,
    classWeights: 'balanced',
    sampling: 'none',
  });
  return model;
}

/** Undefined where it cannot be read, or needs what flows do not have: whatever is learned is better then. */
function readable(file: Uint8Array | null): LabModel | undefined {
  if (file === null) return undefined;
  try {
    const model = decodeLabModel(Buffer.from(file));
    return promotableOf(model).by === 'flow-features' ? model : undefined;
  } catch {
    return undefined;
  }
}

function figuresOf(model: LabModel, judge: Table): RetrainFigures {
  const { raw, alarm } = model.score(model.align(judge, 'held back'));
  const strange = judge.attack.reduce((sum, one) => sum + one, 0);
  const ordinary = judge.rows - strange;
  let alarms = 0;
  for (let row = 0; row < judge.rows; row++) if (!judge.attack[row]) alarms += alarm[row]!;
  const separation = strange > 0 && ordinary > 0 ? rocAuc(stepsOf(raw, judge.attack)) : 0.5;
  return { separation, alarms: alarms / Math.max(1, ordinary), ordinary, strange };
}

/** Made-up anomalies have values between those of a vocabulary: they get the nearest of its words. */
function inVocabulary({ features, rows, data }: FeatureMatrix): FeatureMatrix {
  for (const [f, feature] of FLOW_FEATURES.entries()) {
    if (feature.kind !== 'categorical') continue;
    const last = feature.vocabulary.length - 1;
    for (let r = 0; r < rows; r++) {
      const at = r * FEATURE_COUNT + f;
      data[at] = Math.min(last, Math.max(0, Math.round(data[at]!)));
    }
  }
  return { features, rows, data };
}

function joined(parts: readonly LearnableRows[]): LearnableRows {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const data = new Float32Array(rows * FEATURE_COUNT);
  let at = 0;
  for (const part of parts) {
    data.set(part.data.subarray(0, part.rows * FEATURE_COUNT), at);
    at += part.rows * FEATURE_COUNT;
  }
  return { rows, data };
}

const said = ({ separation, alarms }: RetrainFigures, { one }: Strange): string =>
  `${percent(separation)} of pairs of a ${one} and an ordinary flow are in order, ${percent(alarms)} of ordinary flows are alarms`;

/** What becomes of a newcomer, and why. */
function verdict(
  model: LabModel,
  judges: Table,
  beforeFile: Uint8Array | null,
  learned: string,
  strange: Strange,
): Retrained {
  const now = readable(beforeFile);
  const [next, before] = [figuresOf(model, judges), now ? figuresOf(now, judges) : null];
  const bytes = Uint8Array.from(encodeLabModel(model));
  if (beforeFile && Buffer.compare(bytes, beforeFile) === 0) {
    return { model: null, words: `Learned from ${learned}: it is the very model that scores.`, next, before };
  }
  const figures = `On ${count(next.ordinary)} ordinary flows and ${count(next.strange)} ${strange.many} that were held back, ${said(next, strange)}`;
  const beside = before === null ? '' : `; with the model before, ${said(before, strange)}`;
  const isGood = next.separation >= LEAST_SEPARATION && next.alarms <= MOST_ALARMS;
  const isTaken = before === null ? isGood : isNoWorse(next, before);
  const what =
    before === null
      ? isTaken
        ? 'the first to score here'
        : `not good enough to score: ${percent(LEAST_SEPARATION)} and ${percent(MOST_ALARMS)} are asked of a first one`
      : isTaken
        ? 'it is no worse than the model before and takes over'
        : 'it would be worse than the model before, which goes on';
  const words = `Learned from ${learned}: ${what}. ${figures}${beside}.`;
  return { model: isTaken ? bytes : null, words, next, before };
}

const nothing = (words: string): Retrained => ({ model: null, words, next: null, before: null });

/** What keeps a model from being learned is told, and is no failure of the other one. */
async function saying(work: () => Promise<Retrained>): Promise<Retrained> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SondeError)) throw error;
    return nothing(`Nothing was learned: ${error.message}. What scored goes on.`);
  }
}

/** From the ordinary flows of the day, without labels. */
export function learnOrdinary({ learnable, seed, source, before }: RetrainData): Promise<Retrained> {
  return saying(async () => {
    const { ordinary } = learnable;
    if (ordinary.rows < LEAST_ORDINARY) {
      return nothing(
        `Nothing was learned: of the last day there are ${count(ordinary.rows)} flows outside incidents, and ${count(LEAST_ORDINARY)} are needed. What scored goes on.`,
      );
    }
    const isJudge = (row: number): boolean => judgesBy(hashOfRow(ordinary.data, row));
    const [learn, judge] = [rowsWhere(ordinary, (row) => !isJudge(row)), rowsWhere(ordinary, isJudge)];
    const normal = (rows: number): Int32Array => new Int32Array(rows);
    const model = await train(tableOf(learn, normal(learn.rows), [], source), ORDINARY_DETECTOR, seed);
    const owner = Int32Array.from({ length: FEATURE_COUNT }, (_, f) => f);
    const strange = inVocabulary(madeUpAnomalies(matrixOf(judge), owner, seed));
    const kind = new Int32Array(judge.rows * 2).fill(1, judge.rows);
    const judges = tableOf(joined([judge, strange]), kind, ['made up'], source);
    const learned = `${count(learn.rows)} ordinary flows of the last day`;
    return verdict(model, judges, before.ordinary, learned, MADE_UP);
  });
}

const judgesBy = (hash: number): boolean => hash % 10_000 < JUDGES * 10_000;

/** Rows of confirmed incidents that judge: whole incidents, where there are two or more. */
function judging({ confirmed }: Learnable): (row: number) => boolean {
  const { incidents, incident, data } = confirmed;
  if (incidents.length < 2) return (row) => judgesBy(hashOfRow(data, row));
  const order = incidents.map(({ uid }, at) => ({ at, hash: hashText(uid) })).sort((a, b) => a.hash - b.hash);
  const held = new Set(order.filter(({ hash }) => judgesBy(hash)).map(({ at }) => at));
  if (held.size === 0) held.add(order[0]!.at);
  if (held.size === incidents.length) held.delete(order.at(-1)!.at);
  return (row) => held.has(incident[row]!);
}

function rowsWhere(from: LearnableRows, wanted: (row: number) => boolean): LearnableRows & { places: Int32Array } {
  const places = Int32Array.from({ length: from.rows }, (_, row) => row).filter(wanted);
  const data = new Float32Array(places.length * FEATURE_COUNT);
  places.forEach((row, i) =>
    data.set(from.data.subarray(row * FEATURE_COUNT, (row + 1) * FEATURE_COUNT), i * FEATURE_COUNT),
  );
  return { rows: places.length, data, places };
}

/** From the flows of incidents that somebody judged, and ordinary ones beside them. */
export function learnJudged({ learnable, seed, source, before }: RetrainData): Promise<Retrained> {
  return saying(async () => {
    const { ordinary, expected, confirmed } = learnable;
    const quiet = joined([ordinary, expected]);
    if (confirmed.rows < LEAST_CONFIRMED || quiet.rows < LEAST_ORDINARY) {
      return nothing(
        `Nothing was learned: there are ${count(confirmed.rows)} flows of incidents that were closed and ${count(quiet.rows)} ordinary or expected ones; ${LEAST_CONFIRMED} and ${count(LEAST_ORDINARY)} are needed. What scored goes on.`,
      );
    }
    const names = [...new Set(confirmed.incidents.map(({ kind }) => kind))].sort();
    const isJudge = judging(learnable);
    const part = (judge: boolean): Table => {
      const normal = rowsWhere(quiet, (row) => judgesBy(hashOfRow(quiet.data, row)) === judge);
      const bad = rowsWhere(confirmed, (row) => isJudge(row) === judge);
      const kind = new Int32Array(normal.rows + bad.rows);
      bad.places.forEach((row, i) => {
        const { kind: name } = confirmed.incidents[confirmed.incident[row]!]!;
        kind[normal.rows + i] = names.indexOf(name) + 1;
      });
      return tableOf(joined([normal, bad]), kind, names, source);
    };
    const [learn, judge] = [part(false), part(true)];
    const model = await train(learn, JUDGED_DETECTOR, seed);
    const incidents = `${count(confirmed.incidents.length)} incident${confirmed.incidents.length === 1 ? '' : 's'}`;
    const flattering =
      confirmed.incidents.length < 2 ? ' (of one incident, flows judge beside their like: that flatters)' : '';
    const learned = `${count(confirmed.rows)} flows of ${incidents} that were closed${flattering}, ${count(expected.rows)} of expected ones and ${count(ordinary.rows)} ordinary ones`;
    return verdict(model, judge, before.judged, learned, CONFIRMED);
  });
}
