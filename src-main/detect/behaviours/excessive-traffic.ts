/**
 * Excessive traffic: a minute in which a host moved many times what it usually does, and enough for others to notice.
 * Only hosts with a past can be judged; a first large download is nothing.
 *
 * Confidence: 0.5 at the floor, +0.08 for each doubling above its threshold, at most 0.85.
 */
import type { Behaviour, BehaviourContext, Observations } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { fact, makeFinding } from './common/finding.ts';
import { EXCESSIVE } from './common/thresholds.ts';
import { formatBitRate, formatBytes } from './common/words.ts';

const HOSTS = 8192;
/** Minutes remembered of one host. */
const MEMORY = 60;
const MINUTE = 60;

export class ExcessiveTraffic implements Behaviour {
  readonly id = 'behaviour:excessive-traffic';
  private readonly minutes = new BoundedMap<number, number[]>({ ceiling: HOSTS });

  observe(seen: Observations, context: BehaviourContext): void {
    const w = seen.windows.columns;
    for (let i = 0; i < seen.windows.count; i++) {
      if (w.length[i] !== MINUTE) continue;
      const host = w.host[i]!;
      if (host === 0 || !context.network.isLocal(host)) continue;
      const start = w.start[i]!;
      const bytes = w.bytesOut[i]! + w.bytesIn[i]!;
      const past = this.minutes.obtain(host, start, () => []);
      if (past.length >= EXCESSIVE.MINUTES && bytes >= EXCESSIVE.BYTES) {
        const usual = median(past);
        if (bytes >= usual * EXCESSIVE.TIMES_USUAL)
          this.report(host, start, w.bytesOut[i]!, w.bytesIn[i]!, usual, context);
      }
      past.push(bytes);
      if (past.length > MEMORY) past.shift();
    }
  }

  finish(): void {
    // Minutes still open at the end were written before this is called.
  }

  private report(
    host: number,
    start: number,
    bytesOut: number,
    bytesIn: number,
    usual: number,
    context: BehaviourContext,
  ): void {
    const bytes = bytesOut + bytesIn;
    const address = context.hosts.address(host);
    const floor = Math.max(EXCESSIVE.BYTES, usual * EXCESSIVE.TIMES_USUAL);
    context.report(
      `${this.id} ${host} ${Math.floor(start / 600)}`,
      makeFinding({
        detector: this.id,
        kind: 'excessive-traffic',
        confidence: Math.min(0.85, 0.5 + 0.08 * Math.log2(bytes / floor)),
        title: `${address} moved ${formatBytes(bytes)} in a minute, ${formatBytes(usual)} is usual`,
        summary: `${address} sent ${formatBytes(bytesOut)} and received ${formatBytes(bytesIn)} within 60 seconds (${formatBitRate((bytes * 8) / MINUTE)}).`,
        sources: [host],
        targets: [],
        first: { sec: start, nano: 0 },
        decided: { sec: start + MINUTE, nano: 0 },
        last: { sec: start + MINUTE, nano: 0 },
        evidence: [fact('Bytes in one minute', bytes, 'bytes', usual)],
        bytes,
      }),
    );
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

export const excessiveTraffic = (): Behaviour => new ExcessiveTraffic();
