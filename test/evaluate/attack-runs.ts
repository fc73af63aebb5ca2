/** What the evaluations of injected attacks have in common: which attacks, and whether an incident names one. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ATTACKS } from '../generator/attacks/registry.ts';
import type { Truth } from '../generator/sim/sim.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CLI = join(ROOT, 'src-main', 'run', 'cli', 'main.ts');
const run = promisify(execFile);

/** Kinds of incident beside its own that name an attack rightly. */
const ACCEPTED: Readonly<Record<string, readonly string[]>> = {
  'dos-flood': ['ddos'],
  ddos: ['dos-flood'],
  amplification: ['ddos'],
  'brute-force': ['credential-stuffing'],
  'credential-stuffing': ['brute-force'],
  'data-exfiltration': ['unusual-destination', 'excessive-traffic'],
  // Land and overlapping fragments are floods of their own kind.
  'protocol-violation': ['dos-flood'],
  'timing-anomaly': ['behavioural-anomaly', 'size-anomaly', 'command-and-control'],
  'size-anomaly': ['behavioural-anomaly', 'timing-anomaly'],
  'behavioural-anomaly': ['size-anomaly', 'timing-anomaly', 'unusual-destination'],
};

export interface Incident {
  kind: string;
  severity: string;
  title: string;
  firstTs: string;
  lastTs: string;
  sources: readonly string[];
  targets: readonly string[];
}

/** First variants of all kinds, then second ones …: attacks of one kind at the same time would be one incident. */
export const names = Object.entries(ATTACKS)
  .flatMap(([kind, variants]) => Object.keys(variants).map((variant, rank) => ({ name: `${kind}/${variant}`, rank })))
  .sort((a, b) => a.rank - b.rank)
  .map(({ name }) => name);

/** The incidents of captures that are triaged as one. */
export async function incidentsOf(paths: readonly string[]): Promise<Incident[]> {
  const { stdout } = await run(process.execPath, [CLI, 'triage', ...paths, '--json'], { maxBuffer: 1 << 28 });
  return (JSON.parse(stdout) as { incidents: Incident[] }).incidents;
}

export const isLoud = ({ severity }: { severity: string }): boolean => severity !== 'info';

/** Those that name the attack rightly, with one of its ends, while it went on. `start`: seconds since 1970. */
export function judge(truth: Truth, incidents: readonly Incident[], start: number): Incident[] {
  const kinds = [truth.kind, ...(ACCEPTED[truth.kind] ?? [])];
  const who = new Set([...truth.sources, ...truth.targets]);
  const [from, to] = [start + truth.start / 1e9 - 60, start + truth.end / 1e9 + 60];
  return incidents.filter(
    (i) =>
      kinds.includes(i.kind) &&
      (who.size === 0 || [...i.sources, ...i.targets].some((address) => who.has(address))) &&
      Date.parse(i.lastTs) / 1000 >= from &&
      Date.parse(i.firstTs) / 1000 <= to,
  );
}

/** 10 March 2026, 09:00 UTC. */
export const MORNING = 1773100800 + 9 * 3600;

/** Share in per cent with its 95 % interval (Wilson 1927). */
export function share(k: number, n: number): string {
  const z2 = 1.96 ** 2;
  const p = k / n;
  const mid = p + z2 / (2 * n);
  const half = 1.96 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  const percent = (x: number): string => String(Math.round(100 * x));
  return `${percent(p)} % (${percent((mid - half) / (1 + z2 / n))} to ${percent((mid + half) / (1 + z2 / n))})`;
}
