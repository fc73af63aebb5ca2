/** `--zeek DIR`: the flows as Zeek's logs, one file a log; those without a line are not made. */
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ZEEK_LOGS, type ZeekLog } from '../../keep/exports/zeek/logs.ts';
import { zeekFooter, zeekHeader } from '../../keep/exports/zeek/format.ts';
import type { TriageResult } from '../pipeline/triage-types.ts';
import { usageError } from './arguments.ts';
import { writeError } from './flows-file.ts';

/** Text collected before it is written. */
const BLOCK = 1 << 18;
const PARTIAL = '.part';

/** That it is a folder, or can be made. @throws SondeError */
export function checkZeekFolder(folder: string | undefined, inputs: readonly string[]): void {
  if (folder === undefined) return;
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw writeError(error, folder, 'nothing was read yet');
  }
  for (const { path } of ZEEK_LOGS) {
    const file = join(folder, `${path}.log`);
    if (inputs.some((input) => isSame(input, file))) {
      throw usageError(`--zeek ${folder}: ${path}.log in it is one of the inputs`, folder, 'Name another folder.');
    }
  }
}

function isSame(one: string, other: string): boolean {
  try {
    const [a, b] = [statSync(one, { bigint: true }), statSync(other, { bigint: true })];
    return a.ino === b.ino && a.dev === b.dev;
  } catch {
    return false;
  }
}

/** One log being written; it gets its name when it is whole. */
class LogFile {
  private readonly log: ZeekLog;
  private readonly path: string;
  private file: number | undefined;
  private text = '';

  constructor(log: ZeekLog, folder: string) {
    this.log = log;
    this.path = join(folder, `${log.path}.log`);
  }

  begin(at: number): void {
    if (this.file !== undefined) return;
    this.file = openSync(this.path + PARTIAL, 'w');
    this.text = zeekHeader(this.log.path, this.log.columns, at);
  }

  add(line: string): void {
    this.text += `${line}\n`;
    if (this.text.length >= BLOCK) this.flush();
  }

  private flush(): void {
    const bytes = Buffer.from(this.text);
    this.text = '';
    for (let done = 0; done < bytes.length;) done += writeSync(this.file!, bytes, done);
  }

  end(at: number): void {
    if (this.file === undefined) return;
    this.text += zeekFooter(at);
    this.flush();
    this.close();
    renameSync(this.path + PARTIAL, this.path);
  }

  discard(): void {
    this.close();
    rmSync(this.path + PARTIAL, { force: true });
  }

  private close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

/**
 * Writes the logs, in the order in which flows ended, each whole or not at all.
 *
 * @throws SondeError `disk-full` or `write-failed`
 */
export function writeZeekFolder(result: TriageResult, folder: string): Promise<void> {
  const files = ZEEK_LOGS.map((log) => ({ log, file: new LogFile(log, folder) }));
  const [first, last] = times(result);
  try {
    files[0]!.file.begin(first);
    for (const { batch } of result.flows()) {
      for (let row = 0; row < batch.count; row++) {
        for (const { log, file } of files) {
          if (!log.has(batch, row)) continue;
          file.begin(first);
          file.add(log.line(batch, row));
        }
      }
    }
    for (const { file } of files) file.end(last);
  } catch (error) {
    for (const { file } of files) file.discard();
    throw error instanceof Error && 'code' in error ? writeError(error, folder, 'its logs are not complete') : error;
  }
  return Promise.resolve();
}

/** When the capture begins and ends, milliseconds since 1970: the logs are dated by it, not by the clock. */
function times({ report }: TriageResult): [number, number] {
  const all = report.inputs.flatMap(({ firstTs, lastTs }) => (firstTs && lastTs ? [[firstTs, lastTs] as const] : []));
  const ms = (text: string): number => Date.parse(`${text.slice(0, 23)}Z`) || 0;
  return [Math.min(...all.map(([from]) => ms(from)), Infinity), Math.max(...all.map(([, to]) => ms(to)), 0)].map(
    (value) => (Number.isFinite(value) ? value : 0),
  ) as [number, number];
}
