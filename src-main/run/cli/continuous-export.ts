/** `sonde watch --export FILE`: incidents, and flows where they are wanted, to a file as they come. */
import type { LiveEvent, LiveNoticeCode } from '../../../src-shared/domain/live.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import { VERSION } from '../../../src-shared/version.ts';
import { LINE_ENDINGS, lineFormat, type LineFormat } from '../../keep/exports/continuous/lines.ts';
import { RotatingFile, type RotationLimits } from '../../keep/exports/continuous/rotating-file.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import { usageError, wholeNumber, type OptionSpec, type Parsed } from './arguments.ts';
import { writeError } from './flows-file.ts';

export const EXPORT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'export',
    value: 'FILE',
    help: `append incidents to FILE as they open, grow and close: ${LINE_ENDINGS.join(', ')}`,
  },
  { name: 'export-flows', help: 'append flows too as they end (.ndjson and .eve.json)' },
  { name: 'export-size', value: 'BYTES', help: 'put the file aside from this size on (default 104857600)' },
  { name: 'export-time', value: 'S', help: 'put it aside when it is so many seconds old (default: by size alone)' },
  { name: 'export-files', value: 'N', help: 'files in all, the oldest goes (default 10)' },
];

const SIZE = 100 * 1024 ** 2;
const SIZE_LEAST = 4096;
/** Flows' lines collected before they are written. */
const BLOCK = 16_384;
const SIZE_MOST = 2 ** 40;
const YEAR = 366 * 86_400;
const FILES = 10;
const FILES_MOST = 10_000;

export class ContinuousExport {
  private readonly path: string;
  private readonly format: LineFormat;
  private readonly file: RotatingFile;
  private readonly withFlows: boolean;
  private tell: (event: LiveEvent) => void = () => undefined;

  private constructor(path: string, format: LineFormat, limits: RotationLimits, withFlows: boolean) {
    this.path = path;
    this.format = format;
    this.withFlows = withFlows;
    this.file = new RotatingFile(path, limits, Date.now, (error, lost) => this.trouble(error, lost));
  }

  /** What was asked for; undefined: nothing. The file is opened at once. @throws SondeError */
  static open(parsed: Parsed): ContinuousExport | undefined {
    const path = parsed.value('export');
    const extra = ['export-flows', 'export-size', 'export-time', 'export-files'].find((name) => parsed.on(name));
    if (path === undefined) {
      if (extra === undefined) return undefined;
      throw usageError(`--${extra} without --export`, `--${extra}`, 'Name the file with --export FILE.');
    }
    const format = lineFormat(path, VERSION);
    if (!format) {
      const endings = LINE_ENDINGS.join(', ');
      throw usageError(
        `--export ${path}: its ending names no format of lines`,
        path,
        `Let it end in one of ${endings}.`,
      );
    }
    if (parsed.on('export-flows') && !format.flow) {
      throw usageError(`--export-flows: ${path} is in a format without flows`, path, 'Export to .ndjson or .eve.json.');
    }
    const limits = {
      maxBytes: wholeNumber(parsed, 'export-size', SIZE, SIZE_LEAST, SIZE_MOST),
      maxSeconds: parsed.on('export-time') ? wholeNumber(parsed, 'export-time', YEAR, 1, YEAR) : Infinity,
      files: wholeNumber(parsed, 'export-files', FILES, 1, FILES_MOST),
    };
    const made = new ContinuousExport(path, format, limits, parsed.on('export-flows'));
    try {
      made.file.open();
    } catch (error) {
      throw writeError(error, path, 'nothing was watched yet');
    }
    return made;
  }

  /** Who is told that writing fails, and works again. */
  listen(tell: (event: LiveEvent) => void): void {
    this.tell = tell;
  }

  take(event: LiveEvent): void {
    if (event.event === 'incident') this.file.append(this.format.incident(event));
  }

  /** Flows that ended; absent where none are wanted. */
  get flows(): ((batch: FlowBatch) => void) | undefined {
    const { flow } = this.format;
    if (!this.withFlows || !flow) return undefined;
    return (batch) => {
      let [text, lines] = ['', 0];
      for (let row = 0; row < batch.count; row++) {
        text += flow(batch, row);
        lines++;
        if (text.length < BLOCK && row < batch.count - 1) continue;
        this.file.append(text, lines);
        [text, lines] = ['', 0];
      }
    };
  }

  close(): void {
    this.file.close();
  }

  private trouble(error: Error | null, lost: number): void {
    const full = error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
    const why = full ? 'the disk is full' : (error?.message ?? '');
    const message = error
      ? `${this.path} cannot be written (${why}); watching goes on, and writing is tried again every 5 seconds`
      : `${this.path} is written again; ${lost} ${lost === 1 ? 'line was' : 'lines were'} lost`;
    const code: LiveNoticeCode = error ? 'export-failed' : 'export-resumed';
    const ms = Date.now();
    const ts = formatTime(Math.floor(ms / 1000), (ms % 1000) * 1_000_000);
    this.tell({ event: 'notice', ts, code, message });
  }
}
