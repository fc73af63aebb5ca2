/** What each host sends and receives, for the desk: talkers of the last minutes, bytes of every second. Bounded. */
import type { LiveTick } from '../../../../src-shared/domain/live.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type { SecondOfHosts } from '../../../meter/windows/types.ts';

/** Hosts that are summed at once. */
const HOSTS = 8192;
/** Hosts told of a tick, and talkers. */
const TOLD = 120;
const TALKERS = 10;
/** Seconds of a span: talkers are those of this span and the one before. */
const SPAN = 60;

interface Sum {
  bytesOut: number;
  bytesIn: number;
}

const total = ({ bytesOut, bytesIn }: Sum): number => bytesOut + bytesIn;

export class HostSeconds {
  /** Since the last tick. */
  private tick = new Map<number, number>();
  private span = new Map<number, Sum>();
  private before = new Map<number, Sum>();
  private since = NaN;

  add(second: number, { count, columns: { host, bytesIn, bytesOut } }: SecondOfHosts): void {
    this.turn(second);
    for (let row = 0; row < count; row++) {
      const id = host[row]!;
      // 0: the table of hosts was full.
      if (id === 0) continue;
      const known = this.tick.get(id);
      if (known !== undefined || this.tick.size < HOSTS)
        this.tick.set(id, (known ?? 0) + bytesIn[row]! + bytesOut[row]!);
      let sum = this.span.get(id);
      if (!sum) {
        if (this.span.size >= HOSTS) continue;
        this.span.set(id, (sum = { bytesOut: 0, bytesIn: 0 }));
      }
      sum.bytesOut += bytesOut[row]!;
      sum.bytesIn += bytesIn[row]!;
    }
  }

  /** Figures since the last call, most first. */
  take(hosts: HostTable): { heat: [address: string, bytes: number][]; talkers: LiveTick['talkers'] } {
    const heat = [...this.tick]
      .sort((a, b) => b[1] - a[1])
      .slice(0, TOLD)
      .map(([id, bytes]): [string, number] => [hosts.address(id), bytes]);
    this.tick.clear();
    return { heat, talkers: this.talkers(hosts) };
  }

  private talkers(hosts: HostTable): LiveTick['talkers'] {
    const sums = new Map(this.before);
    for (const [id, sum] of this.span) {
      const old = this.before.get(id);
      sums.set(id, old ? { bytesOut: old.bytesOut + sum.bytesOut, bytesIn: old.bytesIn + sum.bytesIn } : sum);
    }
    return [...sums]
      .sort(([, a], [, b]) => total(b) - total(a))
      .slice(0, TALKERS)
      .map(([id, { bytesOut, bytesIn }]) => ({ address: hosts.address(id), bytesOut, bytesIn }));
  }

  private turn(second: number): void {
    if (second - this.since < SPAN) return;
    // After a long silence nothing of before is recent any more.
    this.before = second - this.since < 2 * SPAN ? this.span : new Map<number, Sum>();
    this.span = new Map();
    this.since = second;
  }
}
