import { concat } from './bytes.ts';
import { findScenario } from './attacks/registry.ts';
import { environment, type EnvironmentName } from './models/environments.ts';
import type { FlowLabel, Tag } from './sim/labels.ts';
import type { OutputOptions } from './sim/output.ts';
import { HOUR, SECOND, Sim, type Truth } from './sim/sim.ts';
import { writeChunks } from './write/files.ts';
import { writeFileSync, appendFileSync } from 'node:fs';

/** One injected scenario: `port-scan`, `port-scan/xmas`, or a look-alike such as `backscatter`. */
export interface Injection {
  kind: string;
  intensity?: number;
  /** Seconds from the start; by default spread over the capture. */
  at?: number;
  /** Seconds it may last; default the rest of the capture, at most 20 minutes. */
  lasting?: number;
}

export interface CaptureSpec extends OutputOptions {
  environment: EnvironmentName | 'none';
  seed: number;
  hosts?: number;
  hours?: number;
  /** 1 is ordinary: how busy people are, and how large what they move is. */
  activity?: number;
  volume?: number;
  startHour?: number;
  startSeconds?: number;
  set?: 'tuning' | 'held-out';
  attacks?: readonly (Injection | string)[];
  labels?: boolean;
  poolSize?: number;
  maxPackets?: number;
  /** Ciphertext is longer by up to this share of its length. */
  padding?: number;
}

/** A capture in memory. */
export interface Generated {
  bytes: Uint8Array;
  packets: number;
  labels: FlowLabel[];
  truth: Truth[];
  startSeconds: number;
}

const DEFAULTS: Readonly<Record<string, { hosts: number; startHour: number }>> = {
  office: { hosts: 20, startHour: 9 },
  home: { hosts: 3, startHour: 19 },
  enterprise: { hosts: 120, startHour: 10 },
  none: { hosts: 3, startHour: 9 },
};

/** 10 March 2026, a Tuesday, 00:00 UTC. */
const DAY = 1773100800;

function injection(text: Injection | string): Injection {
  if (typeof text !== 'string') return text;
  const [kind = '', intensity] = text.split(':');
  return intensity === undefined ? { kind } : { kind, intensity: Number(intensity) };
}

/** The simulation of a specification, ready to run: see `generate` and `generateToFile`. */
export function simulate(spec: CaptureSpec): Sim {
  const defaults = DEFAULTS[spec.environment]!;
  const duration = (spec.hours ?? 1) * HOUR;
  const startHour = spec.startHour ?? defaults.startHour;
  const sim = new Sim({ ...spec, startSeconds: spec.startSeconds ?? DAY + startHour * 3600, duration });
  const set = spec.set ?? 'tuning';
  const quiet = spec.environment === 'none';
  const net = environment(sim, quiet ? 'office' : (spec.environment as EnvironmentName), {
    hosts: spec.hosts ?? defaults.hosts,
    activity: spec.activity ?? 1,
    volume: spec.volume ?? 1,
    startHour,
    variant: set,
    quiet,
  });
  const list = (spec.attacks ?? []).map(injection);
  list.forEach((a, i) => {
    const found = findScenario(a.kind);
    const id = `${found.variant === found.kind ? found.kind : `${found.benign ? 'lookalike' : found.kind}/${found.variant}`}#${i + 1}`;
    const start = a.at === undefined ? duration * (0.08 + (0.8 * (i + 0.5)) / list.length) : a.at * SECOND;
    const length = Math.min(a.lasting === undefined ? 1200 * SECOND : a.lasting * SECOND, duration - start);
    const truth: Truth = { id, kind: found.kind, start, end: start, sources: [], targets: [], note: '' };
    sim.truth.push(truth);
    const tag: Tag = { kind: found.kind, scenario: id };
    sim.truthOf.set(tag, truth);
    found.scenario({
      net,
      sim,
      rng: sim.rng.fork(`scenario-${a.kind}-${i}`),
      tag,
      start,
      length,
      intensity: a.intensity ?? 1,
      heldOut: set === 'held-out',
      truth,
    });
  });
  return sim;
}

/** Generates a capture in memory. */
export function generate(spec: CaptureSpec): Generated {
  const sim = simulate(spec);
  const chunks = [...copies(sim.chunks())];
  return {
    bytes: concat(...chunks),
    packets: sim.output.packets,
    labels: sim.labels.rows(),
    truth: sim.truth,
    startSeconds: sim.options.startSeconds,
  };
}

function* copies(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const c of chunks) yield c.slice();
}

/** Generates a capture into a file (gzip or zstd by its ending), and its labels beside it when asked. */
export async function generateToFile(
  spec: CaptureSpec,
  path: string,
  labelsPath?: string,
): Promise<{ packets: number; bytes: number; truth: Truth[] }> {
  const sim = simulate({ ...spec, labels: labelsPath !== undefined });
  await writeChunks(path, sim.chunks());
  if (labelsPath !== undefined) {
    writeFileSync(labelsPath, '');
    for (const text of sim.labels.csv(sim.options.startSeconds)) appendFileSync(labelsPath, text);
  }
  return { packets: sim.output.packets, bytes: sim.output.bytes, truth: sim.truth };
}

type Shorthand = Omit<CaptureSpec, 'environment'>;
export const officeNetwork = (o: Shorthand): Generated => generate({ ...o, environment: 'office' });
export const homeNetwork = (o: Shorthand): Generated => generate({ ...o, environment: 'home' });
export const enterpriseNetwork = (o: Shorthand): Generated => generate({ ...o, environment: 'enterprise' });
/** Attacks alone, on a silent office network. */
export const attackOnly = (o: Shorthand): Generated => generate({ ...o, environment: 'none' });
