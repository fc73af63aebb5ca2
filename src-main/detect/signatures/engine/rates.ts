/** How often rules may tell, by whom they are counted for. Bounded: the oldest counts are forgotten first. */
import type { Scene } from '../flow/scene.ts';
import type { Rate, Rule } from '../rules/rule.ts';

interface Count {
  since: number;
  count: number;
  unique: Set<number> | null;
}

const MOST = 100_000;
const UNIQUE = 4096;

export class Rates {
  private readonly counts = new Map<string, Count>();

  /** Whether a match of `rule` is told. */
  tells(rule: Rule, scene: Scene): boolean {
    let told = true;
    for (const [i, rate] of rule.rates.entries()) if (!this.passes(rule, rate, i, scene)) told = false;
    return told;
  }

  private passes(rule: Rule, rate: Rate, index: number, scene: Scene): boolean {
    // Not by its place, which changes where rules are loaded anew.
    const key = `${rule.gid}:${rule.sid} ${index} ${whoOf(rate, scene)}`;
    let entry = this.counts.get(key);
    const { now } = scene;
    const over = entry && (rate.kind === 'backoff' ? false : now - entry.since > rate.seconds);
    if (!entry || over) {
      this.counts.delete(key);
      this.makeRoom();
      entry = { since: now, count: 0, unique: rate.uniqueOn === undefined ? null : new Set() };
      this.counts.set(key, entry);
    }
    if (entry.unique) {
      if (entry.unique.size < UNIQUE) entry.unique.add(rate.uniqueOn === 'src_port' ? scene.srcPort : scene.dstPort);
      entry.count = entry.unique.size;
    } else entry.count++;
    return judge(rate, entry);
  }

  private makeRoom(): void {
    if (this.counts.size < MOST) return;
    const [oldest] = this.counts.keys();
    if (oldest !== undefined) this.counts.delete(oldest);
  }
}

function judge(rate: Rate, entry: Count): boolean {
  const { count } = entry;
  switch (rate.kind) {
    case 'limit':
      return count <= rate.count;
    case 'threshold':
      if (count < rate.count) return false;
      entry.count = 0;
      return true;
    case 'both':
      return count === rate.count;
    case 'backoff': {
      let next = rate.count;
      while (next < count && rate.multiplier > 1) next *= rate.multiplier;
      return next === count;
    }
    case 'filter':
      return count > rate.count;
  }
}

function whoOf({ track }: Rate, s: Scene): string {
  const src = (): string => s.src.subarray(s.srcAt, s.srcAt + 4).join('.');
  const dst = (): string => s.dst.subarray(s.dstAt, s.dstAt + 4).join('.');
  switch (track) {
    case 'by_src':
      return src();
    case 'by_dst':
      return dst();
    case 'by_both':
      return [src(), dst()].sort().join(' ');
    case 'by_rule':
      return '';
    case 'by_flow':
      return String(s.flow?.id ?? -1);
  }
}
