/** `sonde watch --export FILE`: incidents, and flows where they are wanted, to a file or a log server as they come. */
import { closeSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import { SIEM_EXPORTS_MAX, type SiemExport } from '../../../src-shared/contract/topics/siem.ts';
import type { LiveEvent, LiveNoticeCode } from '../../../src-shared/domain/live.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import { VERSION } from '../../../src-shared/version.ts';
import { LINE_ENDINGS, lineFormat } from '../../keep/exports/continuous/lines.ts';
import type { RotationLimits } from '../../keep/exports/continuous/rotating-file.ts';
import { SiemExports } from '../../keep/alerts/siem/exports.ts';
import {
  checkFile,
  FileOutlet,
  lineFormatNamed,
  syslogOutlet,
  type Outlet,
  type Trouble,
} from '../../keep/alerts/siem/outlet.ts';
import { troubleText } from '../../keep/alerts/siem/words.ts';
import { isSyslogTarget, syslogTarget, type SyslogTarget } from '../../keep/alerts/syslog-export/target.ts';
import { openWay } from '../../keep/alerts/syslog-export/ways.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import { usageError, wholeNumber, type OptionSpec, type Parsed } from './arguments.ts';
import { writeError } from './flows-file.ts';

export const EXPORT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'export',
    value: 'FILE',
    help: `append incidents to FILE as they open, grow and close: ${LINE_ENDINGS.join(', ')}; or syslog+tls://HOST:PORT`,
    // Refused in words of its own where it is given twice.
    repeatable: true,
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
const SIZE_MOST = 2 ** 40;
const YEAR = 366 * 86_400;
const FILES = 10;
const FILES_MOST = 10_000;

function fileOutlet(parsed: Parsed, path: string, trouble: Trouble): Outlet {
  const format = lineFormat(path, VERSION);
  if (!format) {
    const endings = LINE_ENDINGS.join(', ');
    throw usageError(`--export ${path}: its ending names no format of lines`, path, `Let it end in one of ${endings}.`);
  }
  const flows = parsed.on('export-flows');
  if (flows && !format.flow) {
    throw usageError(`--export-flows: ${path} is in a format without flows`, path, 'Export to .ndjson or .eve.json.');
  }
  const limits: RotationLimits = {
    maxBytes: wholeNumber(parsed, 'export-size', SIZE, SIZE_LEAST, SIZE_MOST),
    maxSeconds: parsed.on('export-time') ? wholeNumber(parsed, 'export-time', YEAR, 1, YEAR) : Infinity,
    files: wholeNumber(parsed, 'export-files', FILES, 1, FILES_MOST),
  };
  const outlet = new FileOutlet({ path, format, flows, limits, now: Date.now, trouble });
  try {
    outlet.openAny();
  } catch (error) {
    throw unwritable(error, path);
  }
  return outlet;
}

function targetOf(text: string): SyslogTarget {
  try {
    return syslogTarget(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usageError(`--export ${text}: ${why}`, text, 'See docs/exports.md.');
  }
}

function serverOutlet(parsed: Parsed, text: string, trouble: Trouble, sensor: string): Outlet {
  const extra = FILE_OPTIONS.find((name) => parsed.on(name));
  if (extra !== undefined) throw usageError(`--${extra} is for files`, `--${extra}`, 'Leave it out.');
  const target = targetOf(text);
  const flows = parsed.on('export-flows');
  if (flows && (target.format === 'cef' || target.format === 'leef' || !lineFormatNamed(target.format)?.flow)) {
    throw usageError(`--export-flows: ${target.format} is a format without flows`, text, 'Use ndjson or eve.');
  }
  return syslogOutlet({ target, flows, trouble, open: openWay, sensor });
}

/** `--export`, and the exports of `--settings`. */
export class ContinuousExport {
  private readonly named: { path: string; outlet: Outlet } | undefined;
  private readonly settings: SiemExports;
  private tell: (event: LiveEvent) => void = () => undefined;

  private constructor(parsed: Parsed, path: string | undefined, asked: readonly SiemExport[], sensor: string) {
    if (path !== undefined) {
      const open = isSyslogTarget(path) ? serverOutlet : fileOutlet;
      this.named = { path, outlet: open(parsed, path, (error, lost) => this.trouble(path, error, lost), sensor) };
    }
    this.settings = new SiemExports(asked, {
      now: Date.now,
      sensor: () => sensor,
      onTrouble: ({ target }, error, lost) => this.trouble(target, error, lost),
    });
  }

  /**
   * What was asked for; undefined: nothing. A file is opened at once, a log server looked for at once. `asked`: exports of
   * the settings. `sensor`: the name of this Sonde, for log servers. @throws SondeError
   */
  static open(parsed: Parsed, asked: readonly SiemExport[] = [], sensor = hostname()): ContinuousExport | undefined {
    const [path, another] = parsed.values('export');
    if (another !== undefined) {
      const cure = `Give it once; exports of a settings document (--settings FILE) may be ${SIEM_EXPORTS_MAX}: docs/exports.md.`;
      throw usageError('--export was given twice', '--export', cure);
    }
    const extra = ['export-flows', ...FILE_OPTIONS].find((name) => parsed.on(name));
    if (path === undefined && extra !== undefined) {
      throw usageError(`--${extra} without --export`, `--${extra}`, 'Name the file with --export FILE.');
    }
    const wanted = asked.filter(({ enabled }) => enabled);
    for (const each of wanted) checkWritable(each);
    return path === undefined && wanted.length === 0 ? undefined : new ContinuousExport(parsed, path, wanted, sensor);
  }

  /** Who is told that writing fails, and works again. */
  listen(tell: (event: LiveEvent) => void): void {
    this.tell = tell;
  }

  take(event: LiveEvent): void {
    if (event.event !== 'incident') return;
    this.named?.outlet.incident(event);
    this.settings.take(event);
  }

  /** Flows that ended; absent where none are wanted. */
  get flows(): ((batch: FlowBatch) => void) | undefined {
    const takers = [this.named?.outlet.flows, this.settings.flows].filter((each) => each !== undefined);
    return takers.length === 0 ? undefined : (batch) => takers.forEach((take) => take(batch));
  }

  /** What could not be sent to the very end, in words; null: all was. */
  async close(): Promise<string | null> {
    const [lost = 0, others] = await Promise.all([this.named?.outlet.close(), this.settings.close()]);
    const named = lost > 0 ? [{ target: this.named?.path ?? '', lost }] : [];
    const all = [...named, ...others.map(({ asked: { target }, lost: more }) => ({ target, lost: more }))];
    if (all.length === 0) return null;
    const words = (n: number): string => `${n} ${n === 1 ? 'message was' : 'messages were'}`;
    return all.map((each) => `${words(each.lost)} not sent to ${each.target}`).join('; ');
  }

  private trouble(target: string, error: Error | null, lost: number): void {
    const message = troubleText(target, error, lost);
    const code: LiveNoticeCode = error ? 'export-failed' : 'export-resumed';
    const ms = Date.now();
    const ts = formatTime(Math.floor(ms / 1000), (ms % 1000) * 1_000_000);
    this.tell({ event: 'notice', ts, code, message });
  }
}

/** Nothing was done yet, not even in part: what was asked for cannot be. */
function unwritable(error: unknown, path: string): SondeError {
  const { message, where, cure } = writeError(error, path, 'nothing was watched yet');
  return usageError(message, where, cure);
}

/** Before anything is watched. @throws SondeError where a file cannot be written */
function checkWritable({ target }: SiemExport): void {
  if (isSyslogTarget(target)) return;
  try {
    checkFile(target);
    closeSync(openSync(target, 'a', 0o640));
  } catch (error) {
    throw unwritable(error, target);
  }
}
