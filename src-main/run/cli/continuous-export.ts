/** `sonde watch --export FILE`: incidents, and flows where they are wanted, to a file or a log server as they come. */
import type { LiveEvent, LiveIncident, LiveNoticeCode } from '../../../src-shared/domain/live.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import { VERSION } from '../../../src-shared/version.ts';
import { LINE_ENDINGS, lineFormat } from '../../keep/exports/continuous/lines.ts';
import { RotatingFile, type RotationLimits } from '../../keep/exports/continuous/rotating-file.ts';
import { syslogMessages } from '../../keep/alerts/syslog-export/messages.ts';
import { SyslogSender } from '../../keep/alerts/syslog-export/sender.ts';
import { isSyslogTarget, syslogTarget, type SyslogTarget } from '../../keep/alerts/syslog-export/target.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import { usageError, wholeNumber, type OptionSpec, type Parsed } from './arguments.ts';
import { writeError } from './flows-file.ts';

export const EXPORT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'export',
    value: 'FILE',
    help: `append incidents to FILE as they open, grow and close: ${LINE_ENDINGS.join(', ')}; or syslog+tls://HOST:PORT`,
  },
  { name: 'export-flows', help: 'append or send flows too as they end (ndjson and eve)' },
  { name: 'export-size', value: 'BYTES', help: 'put the file aside from this size on (default 104857600)' },
  { name: 'export-time', value: 'S', help: 'put it aside when it is so many seconds old (default: by size alone)' },
  { name: 'export-files', value: 'N', help: 'files in all, the oldest goes (default 10)' },
];

/** Of these a log server knows nothing. */
const FILE_OPTIONS = ['export-size', 'export-time', 'export-files'];
const SIZE = 100 * 1024 ** 2;
const SIZE_LEAST = 4096;
/** Flows' lines collected before they are written. */
const BLOCK = 16_384;
const SIZE_MOST = 2 ** 40;
const YEAR = 366 * 86_400;
const FILES = 10;
const FILES_MOST = 10_000;

/** Where a continuous export goes. */
interface Outlet {
  incident(event: LiveIncident): void;
  /** Absent where none are wanted. */
  flows?(batch: FlowBatch): void;
  /** How many lines are lost at the end, and were not told as lost before. */
  close(): Promise<number>;
}

/** `lost`: lines, once it works again. */
type Trouble = (error: Error | null, lost: number) => void;

/** Time that what waits for a log server has at the end, ms. */
const ENDING_MS = 5000;

function fileOutlet(parsed: Parsed, path: string, trouble: Trouble): Outlet {
  const format = lineFormat(path, VERSION);
  if (!format) {
    const endings = LINE_ENDINGS.join(', ');
    throw usageError(`--export ${path}: its ending names no format of lines`, path, `Let it end in one of ${endings}.`);
  }
  const { flow } = format;
  if (parsed.on('export-flows') && !flow) {
    throw usageError(`--export-flows: ${path} is in a format without flows`, path, 'Export to .ndjson or .eve.json.');
  }
  const limits: RotationLimits = {
    maxBytes: wholeNumber(parsed, 'export-size', SIZE, SIZE_LEAST, SIZE_MOST),
    maxSeconds: parsed.on('export-time') ? wholeNumber(parsed, 'export-time', YEAR, 1, YEAR) : Infinity,
    files: wholeNumber(parsed, 'export-files', FILES, 1, FILES_MOST),
  };
  const file = new RotatingFile(path, limits, Date.now, trouble);
  try {
    file.open();
  } catch (error) {
    throw writeError(error, path, 'nothing was watched yet');
  }
  return {
    incident: (event) => file.append(format.incident(event)),
    ...(flow && parsed.on('export-flows') ? { flows: (batch: FlowBatch) => appendFlows(file, batch, flow) } : {}),
    close: () => {
      file.close();
      return Promise.resolve(0);
    },
  };
}

function appendFlows(file: RotatingFile, batch: FlowBatch, flow: (batch: FlowBatch, row: number) => string): void {
  let [text, lines] = ['', 0];
  for (let row = 0; row < batch.count; row++) {
    text += flow(batch, row);
    lines++;
    if (text.length < BLOCK && row < batch.count - 1) continue;
    file.append(text, lines);
    [text, lines] = ['', 0];
  }
}

function targetOf(text: string): SyslogTarget {
  try {
    return syslogTarget(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usageError(`--export ${text}: ${why}`, text, 'See docs/exports.md.');
  }
}

function syslogOutlet(parsed: Parsed, text: string, trouble: Trouble): Outlet {
  const extra = FILE_OPTIONS.find((name) => parsed.on(name));
  if (extra !== undefined) throw usageError(`--${extra} is for files`, `--${extra}`, 'Leave it out.');
  const target = targetOf(text);
  const messages = syslogMessages(target, Date.now);
  const { flow } = messages;
  if (parsed.on('export-flows') && !flow) {
    throw usageError(`--export-flows: ${target.format} is a format without flows`, text, 'Use ndjson or eve.');
  }
  const sender = new SyslogSender(target, trouble);
  return {
    incident: (event) => sender.add(messages.incident(event)),
    ...(flow && parsed.on('export-flows')
      ? {
          flows: (batch: FlowBatch) => {
            for (let row = 0; row < batch.count; row++) sender.add(flow(batch, row));
          },
        }
      : {}),
    close: () => sender.close(ENDING_MS),
  };
}

export class ContinuousExport {
  private readonly path: string;
  private readonly outlet: Outlet;
  private tell: (event: LiveEvent) => void = () => undefined;

  private constructor(parsed: Parsed, path: string) {
    this.path = path;
    const open = isSyslogTarget(path) ? syslogOutlet : fileOutlet;
    this.outlet = open(parsed, path, (error, lost) => this.trouble(error, lost));
  }

  /** What was asked for; undefined: nothing. A file is opened at once, a log server looked for at once. @throws SondeError */
  static open(parsed: Parsed): ContinuousExport | undefined {
    const path = parsed.value('export');
    if (path !== undefined) return new ContinuousExport(parsed, path);
    const extra = ['export-flows', ...FILE_OPTIONS].find((name) => parsed.on(name));
    if (extra === undefined) return undefined;
    throw usageError(`--${extra} without --export`, `--${extra}`, 'Name the file with --export FILE.');
  }

  /** Who is told that writing fails, and works again. */
  listen(tell: (event: LiveEvent) => void): void {
    this.tell = tell;
  }

  take(event: LiveEvent): void {
    if (event.event === 'incident') this.outlet.incident(event);
  }

  /** Flows that ended; absent where none are wanted. */
  get flows(): ((batch: FlowBatch) => void) | undefined {
    return this.outlet.flows;
  }

  /** What could not be sent to the very end, in words; null: all was. */
  async close(): Promise<string | null> {
    const lost = await this.outlet.close();
    if (lost === 0) return null;
    return `${lost} ${lost === 1 ? 'message was' : 'messages were'} not sent to ${this.path}`;
  }

  private trouble(error: Error | null, lost: number): void {
    const full = error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
    const why = full ? 'the disk is full' : (error?.message ?? '');
    const [cannot, again] = isSyslogTarget(this.path)
      ? ['cannot be sent to', 'watching goes on, what can wait waits, and it is tried again']
      : ['cannot be written', 'watching goes on, and writing is tried again every 5 seconds'];
    const message = error
      ? `${this.path} ${cannot} (${why}); ${again}`
      : `${this.path} is written again; ${lost} ${lost === 1 ? 'line was' : 'lines were'} lost`;
    const code: LiveNoticeCode = error ? 'export-failed' : 'export-resumed';
    const ms = Date.now();
    const ts = formatTime(Math.floor(ms / 1000), (ms % 1000) * 1_000_000);
    this.tell({ event: 'notice', ts, code, message });
  }
}
