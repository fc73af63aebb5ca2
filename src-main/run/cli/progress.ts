/** Progress on standard error. */
import type { Progress } from '../pipeline/triage-types.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { formatBytes, formatCount } from './words.ts';

export interface ProgressPrinter {
  show(progress: Progress): void;
  /** Clears the line. */
  done(): void;
}

const BAR = 24;

function line(p: Progress): string {
  const share = p.total > 0 ? Math.min(1, p.bytes / p.total) : NaN;
  const rate = p.seconds > 0 ? p.packets / p.seconds : 0;
  const known = !Number.isNaN(share);
  const bar = known
    ? `[${'#'.repeat(Math.round(share * BAR)).padEnd(BAR)}] ${Math.floor(share * 100)} %`
    : formatBytes(p.bytes);
  const left = known && share > 0.02 ? `, ${formatDuration((p.seconds / share) * (1 - share))} left` : '';
  return `${bar}, ${formatCount(p.packets)} packets, ${formatCount(Math.round(rate))} a second${left}`;
}

/** A bar that is redrawn on a terminal; lines elsewhere when `forced`; undefined when there is nobody to look. */
export function progressPrinter(forced: boolean): ProgressPrinter | undefined {
  const terminal = process.stderr.isTTY;
  if (!terminal && !forced) return undefined;
  return {
    show: (p) => void process.stderr.write(terminal ? `\r\x1b[K${line(p)}` : `${line(p)}\n`),
    done: () => void (terminal && process.stderr.write('\r\x1b[K')),
  };
}
