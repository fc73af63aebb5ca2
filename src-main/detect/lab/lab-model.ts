/**
 * What was learned from labelled records: columns, encoding, scaling, a detector, its calibration and threshold; and rows
 * of the training data, against which a single record is weighed (record.ts).
 */
import type { HeldBackFigures } from '../../../src-shared/domain/lab-model.ts';
import { scoreOf, type TailCalibration } from '../detectors/calibration.ts';
import type { ParameterValues } from '../detectors/matrix/parameters.ts';
import type { MatrixDetector } from '../detectors/matrix/types.ts';
import type { FeatureMatrix } from '../types.ts';
import type { Encoder, SavedPlan, Scaling } from './encode.ts';
import type { CsvMapping } from './formats/mapping.ts';
import type { ColumnSpec, Table } from './formats/types.ts';
import { aligned, demandColumns } from './lab-table.ts';
import type { Regime } from './report.ts';
import type { ClassWeights, Sampling } from './sampling.ts';
import type { SearchReport } from './search.ts';
import { allRows } from './split.ts';
import { Together } from './together.ts';

export type { HeldBackFigures } from '../../../src-shared/domain/lab-model.ts';
export { CLASS_WEIGHTS, SAMPLINGS, type ClassWeights, type Sampling } from './sampling.ts';

/** For people, and for the record: everything here is plain JSON. */
export interface LabDescription {
  detector: string;
  /** What the detector says of itself: its rule, its clusters. */
  chosen: string;
  regime: Regime;
  seed: number;
  /** Format of the records, as `--format` names it. */
  format: string;
  /** All columns of the records, in their order, with their types. */
  columns: ColumnSpec[];
  /** How they become numbers. */
  plans: SavedPlan[];
  /** Median of ordinary training records, or their most frequent word, by column; null where always unset. */
  usual: (number | string | null)[];
  keepShortcuts: boolean;
  classWeights: ClassWeights;
  sampling: Sampling;
  /** Of the detector, all of them; absent in files of before there were any. */
  parameters?: ParameterValues;
  /** How they were found, where they were sought. */
  search?: SearchReport;
  /** How to read any CSV of the kind it learned from. */
  mapping?: CsvMapping;
  training: {
    /** Names without folders. */
    files: string[];
    sha256: string;
    /** Of each file, where there are several; absent in files of before. */
    fileSha256?: readonly string[];
    rows: number;
    normal: number;
    attack: number;
    skipped: number;
    /** Rows the detector learned from (rows taken twice count twice), and ordinary ones that set the threshold. */
    learned: number;
    calibrated: number;
    kinds: { kind: string; count: number }[];
  };
  /** An alarm is a raw score at least `raw`; `score` is what people see of it. */
  threshold: { raw: number; score: number; targetFpr: number };
  heldBack: HeldBackFigures;
}

export interface LabScores {
  /** What the detector says. */
  raw: Float64Array;
  /** 0…1: the share of ordinary records that are less unusual. */
  score: Float64Array;
  /** 1: at or above the threshold. */
  alarm: Uint8Array;
}

export interface LabParts {
  description: LabDescription;
  encoder: Encoder;
  scaling: Scaling;
  detector: MatrixDetector;
  calibration: TailCalibration;
  /** Records with their labels, of each kind some. */
  known: Table;
  /** Records as frequent as in the training data. */
  background: Table;
}

export class LabModel {
  readonly description: LabDescription;
  readonly encoder: Encoder;
  readonly scaling: Scaling;
  readonly detector: MatrixDetector;
  readonly calibration: TailCalibration;
  readonly known: Table;
  readonly background: Table;
  private scaledKnown: FeatureMatrix | undefined;
  private encodedBackground: FeatureMatrix | undefined;

  constructor(parts: LabParts) {
    this.description = parts.description;
    this.encoder = parts.encoder;
    this.scaling = parts.scaling;
    this.detector = parts.detector;
    this.calibration = parts.calibration;
    this.known = parts.known;
    this.background = parts.background;
    if (this.detector instanceof Together) this.detector.useScaling(this.scaling);
  }

  /** The same, which knows how records like those it learned from are read. */
  readBy(mapping: CsvMapping): LabModel {
    const { encoder, scaling, detector, calibration, known, background } = this;
    const description = { ...this.description, mapping };
    return new LabModel({ description, encoder, scaling, detector, calibration, known, background });
  }

  /** The columns it cannot do without. */
  get needed(): ColumnSpec[] {
    return this.encoder.sources.map((source) => this.description.columns[source]!);
  }

  /** `where`: how the records' file is called in the message. @throws SondeError that names what is missing. */
  align(table: Table, where: string): Table {
    demandColumns(
      this.needed,
      table.columns.map(({ spec }) => spec),
      where,
    );
    return aligned(table, this.description.columns);
  }

  /** Rows of an aligned table, encoded. */
  encode(table: Table, rows: Int32Array = allRows(table.rows)): FeatureMatrix {
    return this.encoder.encode(table, rows);
  }

  /** Encoded rows as the detector sees them. */
  view(encoded: FeatureMatrix): FeatureMatrix {
    return this.scaling.apply(encoded, this.detector.view);
  }

  /** Raw scores of encoded rows. */
  raw(encoded: FeatureMatrix): Float64Array {
    return this.detector.score(this.view(encoded));
  }

  judge(raw: Float64Array): LabScores {
    return {
      raw,
      score: raw.map((value) => scoreOf(this.calibration.at(value))),
      alarm: Uint8Array.from(raw, (value) => (value >= this.description.threshold.raw ? 1 : 0)),
    };
  }

  /** Scores of an aligned table. */
  score(table: Table): LabScores {
    return this.judge(this.raw(this.encode(table)));
  }

  /** The known records, scaled by median and spread. */
  get scaled(): FeatureMatrix {
    this.scaledKnown ??= this.scaling.apply(this.encode(this.known), 'scaled');
    return this.scaledKnown;
  }

  get backgroundRows(): FeatureMatrix {
    this.encodedBackground ??= this.encode(this.background);
    return this.encodedBackground;
  }
}

/** Whether a model learned from one of the files that these sums are of. */
export function learnedFrom({ training }: LabDescription, files: Pick<Table, 'sha256' | 'fileSha256'>): boolean {
  const sums = new Set([training.sha256, ...(training.fileSha256 ?? [])]);
  return [files.sha256, ...(files.fileSha256 ?? [])].some((sum) => sum !== '' && sums.has(sum));
}
