/** A file of records or of features in, the same rows with score, verdict and reasons out: streamed. */
import type { FileHandle } from 'node:fs/promises';
import { safeCell } from '../../../src-shared/domain/csv.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { Model } from '../detectors/model.ts';
import { contributionsOfRow } from '../detectors/contributions.ts';
import { FALSE_ALARM_SHARE, scorerFromState, type Scorer } from '../detectors/triage.ts';
import { listAttributions } from '../explain/index.ts';
import { FEATURE_COUNT } from '../features/extract.ts';
import { cellsOf, recordsOf, type NumberedText } from './delimited.ts';
import { FeatureReader, schemaOf, shortest } from './features-file.ts';
import { TableBuilder, Tally } from './formats/builder.ts';
import { verdictOf } from './formats/labels.ts';
import type { CsvMapping } from './formats/mapping.ts';
import { BadRecord } from './formats/types.ts';
import { learnedFrom, type LabModel } from './lab-model.ts';
import { contributionsOf, REASONS, reasonsOf } from './lab-reasons.ts';
import { recordReader, type RecordReader } from './record-reader.ts';
import { writeWhole } from '../whole-file.ts';

/** Rows scored at once; where reasons are asked, which take long, fewer: progress is told and cancelling heeded in between. */
const BLOCK = 4096;
const BLOCK_WITH_REASONS = 256;

export type ScoringModel = { kind: 'flows'; model: Model } | { kind: 'records'; model: LabModel };
export const REASONS_FOR = ['anomalous', 'all', 'none'] as const;
export type ReasonsFor = (typeof REASONS_FOR)[number];

/** Values that mean an attack, or, where there are none of those, values that mean ordinary; blanks say neither. */
export interface LabelColumn {
  column: string;
  positive: readonly string[];
  negative: readonly string[];
}

export interface ScoreFileOptions {
  file: string;
  out: string;
  model: ScoringModel;
  format?: string | undefined;
  reasons: ReasonsFor;
  /** How any CSV is read, instead of what the model knows. */
  mapping?: CsvMapping | undefined;
  /** Which column says what a row is, where the format does not say it. */
  label?: LabelColumn | undefined;
  /** Rows scored so far, and the share of the file that was read. */
  onProgress?: ((rows: number, share: number) => void) | undefined;
  /** Every row as it is written, in order. */
  onRow?: ((row: ScoredRow) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface ScoredRow {
  verdict: Verdict['verdict'] | 'unreadable';
  /** NaN where there is none. */
  score: number;
  /** What its own label says; undefined where it says neither. */
  attack: boolean | undefined;
  /** Of its line in the predictions, with the line end. */
  bytes: number;
}

export interface ScoreSummary {
  format: string;
  rows: number;
  anomalous: number;
  /** Rows that are no good records: in the output without a score. */
  unreadable: number;
  unreadableReasons: { reason: string; count: number; lines: number[] }[];
  /** Rows whose own labels say what they are, and how the verdicts agree with them; null where none has. */
  labels: { tn: number; fp: number; fn: number; tp: number } | null;
  /** The model learned from this very file: it knows these rows, and how it judges them says little. */
  learnedFrom: boolean;
}

interface Verdict {
  score: string;
  verdict: 'anomalous' | 'ordinary' | 'not-judged';
  reasons: readonly string[];
}

/** Scores rows of one file in blocks. */
interface RowScorer {
  readonly format: string;
  readonly header: readonly string[];
  /** undefined: every line is a record. */
  readonly delimiter: string | undefined;
  /** Cells of a record, undefined where the line has none. @throws BadRecord */
  cells(text: string): string[] | undefined;
  /** Takes one in; what its label says, undefined where it has none. @throws BadRecord */
  add(text: string, cells: readonly string[]): boolean | undefined;
  /** Of the rows since the last call. */
  flush(): Verdict[];
}

/** Rows of features, by a model of flows: as triage scores them when the model alone scores. */
class FeatureRows implements RowScorer {
  readonly format = 'sonde-features';
  readonly delimiter = ',';
  readonly header: readonly string[];
  private readonly model: Model;
  private readonly reader: FeatureReader;
  private readonly reasons: ReasonsFor;
  private readonly rows = new Float32Array(BLOCK * FEATURE_COUNT);
  private count = 0;
  private seen = 0;
  private isHeaderSeen = false;
  private scorer: Scorer | undefined;

  constructor(model: Model, schema: string, header: readonly string[], { file, reasons }: ScoreFileOptions) {
    this.model = model;
    this.header = header;
    this.reader = new FeatureReader(schema, header, file);
    this.reasons = reasons;
  }

  cells(text: string): string[] | undefined {
    if (text.trim() === '' || text.startsWith('#')) return undefined;
    if (!this.isHeaderSeen) {
      this.isHeaderSeen = true;
      return undefined;
    }
    const cells = cellsOf(text, ',');
    if (cells.length !== this.header.length) throw new BadRecord(`there are not ${this.header.length} fields`);
    return cells;
  }

  add(_: string, cells: readonly string[]): undefined {
    const wrong = this.reader.read(cells, this.rows, this.count * FEATURE_COUNT);
    if (wrong !== undefined) throw new BadRecord(wrong);
    this.count++;
  }

  flush(): Verdict[] {
    const { rows, count, model } = this;
    if (count === 0) return [];
    this.count = 0;
    const { seed } = model.description;
    const share = { mode: 'causal', falseAlarmShare: FALSE_ALARM_SHARE, capture: undefined } as const;
    // The first block holds all there is, or enough to be judged among.
    this.seen += count;
    if (this.scorer?.status() !== 'scored') {
      this.scorer = scorerFromState(model, { seed, flowsSeen: this.seen, ...share });
    }
    const { score, anomalous } = this.scorer.scoreRows(rows, count);
    const scored = score.slice(0, count);
    const alarms = anomalous.slice(0, count);
    const enough = this.scorer.status() === 'scored';
    return Array.from(scored, (value, r) => ({
      score: shortest(value),
      verdict: alarms[r] ? 'anomalous' : enough ? 'ordinary' : 'not-judged',
      reasons: wants(this.reasons, alarms[r]!) ? this.reasonsOf(r) : [],
    }));
  }

  private reasonsOf(row: number): string[] {
    const scorer = this.scorer!;
    const seen = scorer.rowOfFeatures(this.rows.subarray(row * FEATURE_COUNT, (row + 1) * FEATURE_COUNT));
    return listAttributions(contributionsOfRow(scorer, seen, undefined), REASONS).attributions.map(({ text }) => text);
  }
}

function wants(reasons: ReasonsFor, alarm: number): boolean {
  return reasons === 'all' || (reasons === 'anomalous' && alarm === 1);
}

/** Rows of records, by a model of such. */
class RecordRows implements RowScorer {
  readonly format: string;
  readonly header: readonly string[];
  readonly delimiter: string | undefined;
  private readonly model: LabModel;
  private readonly reader: RecordReader;
  private readonly options: ScoreFileOptions;
  private builder: TableBuilder;

  constructor(model: LabModel, reader: RecordReader, options: ScoreFileOptions) {
    this.model = model;
    this.reader = reader;
    this.options = options;
    this.format = reader.format;
    this.header = reader.header;
    this.delimiter = reader.delimiter;
    this.builder = new TableBuilder(reader.columns);
  }

  cells(text: string): string[] | undefined {
    return this.reader.cells(text);
  }

  add(text: string, cells: readonly string[]): boolean | undefined {
    const { record, labelled } = this.reader.read(text, cells);
    this.builder.add(record, this.options.file);
    return labelled ? record.attack : undefined;
  }

  flush(): Verdict[] {
    const { model, options } = this;
    const table = model.align(this.builder.finish(this.format, [options.file], ['']), options.file);
    this.builder = new TableBuilder(this.reader.columns);
    if (table.rows === 0) return [];
    const { score, alarm } = model.score(table);
    return Array.from(score, (value, r) => ({
      score: String(value),
      verdict: alarm[r] ? 'anomalous' : 'ordinary',
      reasons: wants(options.reasons, alarm[r]!)
        ? reasonsOf(model, table, r, contributionsOf(model, model.encode(table, Int32Array.of(r)))).map(
            ({ text }) => text,
          )
        : [],
    }));
  }
}

function scorerFor(lines: readonly string[], options: ScoreFileOptions): RowScorer {
  const { model, file, format } = options;
  const schema = schemaOf(lines[0] ?? '');
  if (model.kind === 'records') {
    const { needed, description } = model.model;
    const { columns, format: learned } = description;
    const mapping = options.mapping ?? description.mapping;
    return new RecordRows(
      model.model,
      recordReader(lines, file, { needed, columns, learned, wanted: format, mapping }),
      options,
    );
  }
  if (schema === undefined) {
    throw new SondeError(
      'unknown-format',
      `${file}: is no file of sonde features, and the model scores flows by features of packets`,
      file,
      'Write one with sonde features CAPTURE --out FILE.csv, or give a model of such records: --model MODEL (sonde train --records).',
    );
  }
  const header = lines.find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  return new FeatureRows(model.model, schema, cellsOf(header, ','), options);
}

/** The input's names, then ours; where it has one of ours, it is set apart. */
function headerLine(header: readonly string[]): string {
  const ours = ['score', 'verdict', ...Array.from({ length: REASONS }, (_, i) => `reason_${i + 1}`)];
  const theirs = header.map((name) => (ours.includes(name) ? `input_${name}` : name));
  return `${[...theirs, ...ours].map(safeCell).join(',')}\n`;
}

/** Of features, which have a label where somebody added one; of records their reader says it. */
function ownLabels(header: readonly string[], format: string): (cells: readonly string[]) => boolean | undefined {
  const at = format === 'sonde-features' ? header.indexOf('label') : -1;
  if (at < 0) return () => undefined;
  return (cells) => {
    try {
      return verdictOf(cells[at]!, 'label').attack;
    } catch (error) {
      if (error instanceof BadRecord) return undefined;
      throw error;
    }
  };
}

/** What a row's label says. @throws SondeError `unknown-format` where the file has no such column. */
function labelReader(
  { header, format }: RowScorer,
  { label, file }: ScoreFileOptions,
): (cells: readonly string[]) => boolean | undefined {
  if (!label) return ownLabels(header, format);
  const at = header.indexOf(label.column);
  if (at < 0) {
    const cure = `Name one of its columns: ${header.slice(0, 12).join(', ')}.`;
    throw new SondeError('unknown-format', `${file}: has no column ${label.column}`, file, cure);
  }
  const [positive, negative] = [new Set(label.positive), new Set(label.negative)];
  return (cells) => {
    const said = cells[at]!.trim();
    if (said === '' || said === '-') return undefined;
    if (positive.has(said)) return true;
    if (negative.has(said)) return false;
    // Where both are listed, other values say neither.
    return positive.size > 0 && negative.size > 0 ? undefined : positive.size === 0;
  };
}

class Predictions {
  readonly summary: ScoreSummary;
  private readonly file: FileHandle;
  private readonly scorer: RowScorer;
  private readonly onRow: ScoreFileOptions['onRow'];
  private readonly block: number;
  private readonly labelled: (cells: readonly string[]) => boolean | undefined;
  /** Rows of the block, in order; `wrong`: why there is no score. */
  private pending: { cells: readonly string[]; wrong: string | undefined; attack: boolean | undefined }[] = [];
  private readonly reasons = new Tally();

  constructor(file: FileHandle, scorer: RowScorer, options: ScoreFileOptions) {
    this.file = file;
    this.scorer = scorer;
    this.onRow = options.onRow;
    this.block = options.reasons === 'none' ? BLOCK : BLOCK_WITH_REASONS;
    this.labelled = labelReader(scorer, options);
    this.summary = {
      format: scorer.format,
      rows: 0,
      anomalous: 0,
      unreadable: 0,
      unreadableReasons: [],
      labels: null,
      learnedFrom: false,
    };
  }

  get full(): boolean {
    return this.pending.length >= this.block;
  }

  add({ text, line }: NumberedText): void {
    let cells: string[] | undefined;
    try {
      cells = this.scorer.cells(text);
      if (!cells) return;
      const attack = this.scorer.add(text, cells) ?? this.labelled(cells);
      this.pending.push({ cells, wrong: undefined, attack });
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      this.pending.push({ cells: cells ?? this.unfit(text), wrong: error.message, attack: undefined });
      this.reasons.add(error.message, line);
    }
  }

  /** A line of another number of fields: all of it in the first column. */
  private unfit(text: string): string[] {
    const cells = new Array<string>(this.scorer.header.length).fill('');
    cells[0] = text;
    return cells;
  }

  async flush(): Promise<void> {
    const verdicts = this.scorer.flush();
    let at = 0;
    let text = '';
    for (const { cells, wrong, attack } of this.pending) {
      const own = cells.map(safeCell).join(',');
      this.summary.rows++;
      if (wrong !== undefined) {
        this.summary.unreadable++;
        const line = `${own},,unreadable,${[wrong, ...new Array<string>(REASONS - 1).fill('')].map(safeCell).join(',')}\n`;
        this.onRow?.({ verdict: 'unreadable', score: NaN, attack, bytes: Buffer.byteLength(line) });
        text += line;
        continue;
      }
      const found = verdicts[at++]!;
      if (found.verdict === 'anomalous') this.summary.anomalous++;
      this.agree(attack, found.verdict === 'anomalous');
      const reasons = Array.from({ length: REASONS }, (_, i) => safeCell(found.reasons[i] ?? ''));
      const line = `${own},${found.score},${found.verdict},${reasons.join(',')}\n`;
      this.onRow?.({ verdict: found.verdict, score: Number(found.score), attack, bytes: Buffer.byteLength(line) });
      text += line;
    }
    this.pending = [];
    this.summary.unreadableReasons = this.reasons.all();
    if (text !== '') await this.file.appendFile(text);
  }

  private agree(attack: boolean | undefined, alarm: boolean): void {
    if (attack === undefined) return;
    const labels = (this.summary.labels ??= { tn: 0, fp: 0, fn: 0, tp: 0 });
    if (attack) labels[alarm ? 'tp' : 'fn']++;
    else labels[alarm ? 'fp' : 'tn']++;
  }
}

async function scoreInto(file: FileHandle, options: ScoreFileOptions): Promise<ScoreSummary> {
  let scorer: RowScorer | undefined;
  const choose = (lines: readonly string[]): string | undefined => {
    scorer = scorerFor(lines, options);
    return scorer.delimiter;
  };
  let out: Predictions | undefined;
  let share = 0;
  let sha256 = '';
  for await (const records of recordsOf(
    options.file,
    choose,
    (read) => (share = read),
    (sum) => (sha256 = sum),
  )) {
    if (!out) {
      out = new Predictions(file, scorer!, options);
      await file.appendFile(headerLine(scorer!.header));
    }
    for (const record of records) {
      out.add(record);
      if (!out.full) continue;
      await out.flush();
      options.onProgress?.(out.summary.rows, share);
      await new Promise((resolve) => setImmediate(resolve));
      if (options.signal?.aborted) {
        throw new SondeError('cancelled', 'stopped: nothing was written', options.out, 'Start it again.');
      }
    }
  }
  await out?.flush();
  if (!out || out.summary.rows === out.summary.unreadable) {
    const why = out?.summary.unreadableReasons[0];
    const what = `${options.file}: holds no good record${why ? ` (line ${why.lines[0]}: ${why.reason})` : ''}`;
    throw new SondeError('too-little-data', what, options.file, 'Name a file with records.');
  }
  const { model } = options;
  out.summary.learnedFrom = model.kind === 'records' && learnedFrom(model.model.description, { sha256 });
  return out.summary;
}

/**
 * Writes predictions to `out`: the input's columns, score, verdict, reasons. The file is there whole or not at all.
 *
 * @throws SondeError `unknown-format` that names what the file lacks, `wrong-version`, `too-little-data`, `cancelled`; what
 *   reading throws; errors of the system where `out` cannot be written.
 */
export function scoreFile(options: ScoreFileOptions): Promise<ScoreSummary> {
  return writeWhole(options.out, (file) => scoreInto(file, options));
}
