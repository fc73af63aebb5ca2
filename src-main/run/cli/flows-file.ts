/** `--flows OUT`: every flow, one a line, CSV or NDJSON. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { SondeError } from '../../../src-shared/errors.ts';
import {
  FLOW_CSV_HEADER,
  NO_VERDICT,
  writeFlowCsv,
  writeFlowJson,
  type FlowVerdict,
} from '../../meter/flows/record.ts';
import { TextSink } from '../../meter/flows/text-sink.ts';
import type { FlowScores } from '../../detect/detectors/triage.ts';
import type { TriageResult } from '../pipeline/triage-types.ts';
import { PLACE_FIELDS } from '../../../src-shared/domain/place.ts';
import { FlowPlaces } from './flow-places.ts';

/** Text collected before it is written, bytes. */
const BLOCK = 1 << 18;

const SCORE_DIGITS = 1e6;

function extraOf(result: TriageResult, scores: FlowScores | undefined, id: number, row: number): FlowVerdict {
  const incidents = result.incidentsOf(id);
  if (!scores) {
    return incidents.length === 0 ? NO_VERDICT : { score: null, anomalous: false, detectors: {}, incidents };
  }
  const detectors: Record<string, number> = {};
  scores.detectors.forEach((name, i) => {
    const value = scores.perDetector[i]![row]!;
    if (!Number.isNaN(value)) detectors[name] = Math.round(value * SCORE_DIGITS) / SCORE_DIGITS;
  });
  const score = Math.round(scores.score[row]! * SCORE_DIGITS) / SCORE_DIGITS;
  return { score, anomalous: scores.anomalous[row] === 1, detectors, incidents };
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'its folder does not exist'],
  ['EACCES', 'no permission'],
  ['EPERM', 'no permission'],
  ['EISDIR', 'it is a directory'],
  ['EROFS', 'the file system is read-only'],
]);

/** The error for a system error while writing `path`. */
export function writeError(error: unknown, path: string, written: string): SondeError {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SondeError(
      'disk-full',
      `${path}: the disk is full (${written})`,
      path,
      'Free some space, or name a file on another disk.',
      { cause: error },
    );
  }
  const reason = WORDS.get(String(code)) ?? (error instanceof Error ? error.message : String(error));
  return new SondeError(
    'write-failed',
    `${path}: cannot be written: ${reason} (${written})`,
    path,
    'Check the folder and its permissions, or name another file.',
    { cause: error },
  );
}

/**
 * Writes all flows to `path` ('-' is not special: standard output carries the report).
 *
 * @throws SondeError `disk-full` or `write-failed`, saying how many flows were written.
 */
export function writeFlows(result: TriageResult, path: string): Promise<void> {
  const output = new FlowsFile();
  try {
    output.write(result, path);
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      throw writeError(error, path, `${output.written} of ${result.report.flows.count} flows were written`);
    }
    throw error;
  } finally {
    output.close();
  }
  return Promise.resolve();
}

class FlowsFile {
  /** Flows that are in the file. */
  written = 0;
  private readonly text = new TextSink();
  private file: number | undefined;

  write(result: TriageResult, path: string): void {
    const csv = path.endsWith('.csv');
    this.file = openSync(path, 'w');
    const places = result.placeOf && new FlowPlaces(result.placeOf);
    if (csv) this.text.text(`${[FLOW_CSV_HEADER, ...(places ? PLACE_FIELDS : [])].join(',')}\n`);
    let pending = 0;
    for (const { batch, scores } of result.flows()) {
      for (let row = 0; row < batch.count; row++) {
        const extra = extraOf(result, scores, batch.columns.id[row]!, row);
        if (csv) writeFlowCsv(this.text, batch, row, extra);
        else writeFlowJson(this.text, batch, row, extra);
        if (csv) places?.csv(this.text, batch, row);
        else places?.json(this.text, batch, row);
        pending++;
        if (this.text.length < BLOCK) continue;
        this.flush(this.file);
        this.written += pending;
        pending = 0;
      }
    }
    this.flush(this.file);
  }

  private flush(file: number): void {
    const { text } = this;
    for (let done = 0; done < text.length;) done += writeSync(file, text.bytes, done, text.length - done);
    text.length = 0;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}
