/** `--flows OUT`: every flow, one a line, CSV or NDJSON. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { SondeError } from '../../../src-shared/errors.ts';
import { FLOW_CSV_HEADER, flowCsv, flowJson, type FlowVerdict } from '../../meter/flows/record.ts';
import type { FlowScores } from '../../detect/detectors/triage.ts';
import type { TriageResult } from '../pipeline/triage.ts';

/** Text collected before it is written, characters. */
const BLOCK = 1 << 18;

const SCORE_DIGITS = 1e6;

function extraOf(result: TriageResult, scores: FlowScores | undefined, id: number, row: number): FlowVerdict {
  const incidents = result.incidentsOf(id);
  if (!scores) return { score: null, anomalous: false, detectors: {}, incidents };
  const detectors: Record<string, number> = {};
  scores.detectors.forEach((name, i) => {
    const value = scores.perDetector[i]![row]!;
    if (!Number.isNaN(value)) detectors[name] = Math.round(value * SCORE_DIGITS) / SCORE_DIGITS;
  });
  const score = Math.round(scores.score[row]! * SCORE_DIGITS) / SCORE_DIGITS;
  return { score, anomalous: scores.anomalous[row] === 1, detectors, incidents };
}

function* lines(result: TriageResult, csv: boolean): Generator<string> {
  if (csv) yield `${FLOW_CSV_HEADER}\n`;
  for (const { batch, scores } of result.flows()) {
    for (let row = 0; row < batch.count; row++) {
      const extra = extraOf(result, scores, batch.columns.id[row]!, row);
      yield `${csv ? flowCsv(batch, row, extra) : flowJson(batch, row, extra)}\n`;
    }
  }
}

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
  const reason = error instanceof Error ? error.message : String(error);
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
  let written = 0;
  let pending = 0;
  let block = '';
  let file: number | undefined;
  try {
    file = openSync(path, 'w');
    for (const line of lines(result, path.endsWith('.csv'))) {
      block += line;
      pending++;
      if (block.length < BLOCK) continue;
      writeAll(file, block);
      written += pending;
      [block, pending] = ['', 0];
    }
    writeAll(file, block);
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      throw writeError(error, path, `${written} of ${result.report.flows.count} flows were written`);
    }
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return Promise.resolve();
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}
