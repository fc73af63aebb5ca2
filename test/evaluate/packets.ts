/**
 * `npm run evaluate:packets [-- --seeds 1,2,3 --captures FOLDER]`: detectors of packets compared.
 *
 * Generated: an ordinary office hour from which each learns (the first 20,000 packets, kitnet the first 100,000), then attacks among
 * the rest;
 * packets between an attack's sources and targets while it lasts are attacks, everything else is ordinary. Traffic,
 * attacks and detectors come from the same people: the figures flatter. Beside them mean z² of the eight features of
 * packet-12 that are no shortcuts, fitted on the same packets: what must be beaten.
 *
 * Captures (a folder with `attack`, `mixed` and `benign`): each is scored by detectors that learned from a generated office,
 * every capture as though a day after the one before; told is the share of packets rarer than one in a thousand.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FEATURES, fillFeatures, SHORTCUTS } from '../../src-main/detect/detectors/packet-12/features.ts';
import { Kitnet, KITNET_PACKETS } from '../../src-main/detect/detectors/kitnet/detector.ts';
import { LEAST_PACKETS, Packet12 } from '../../src-main/detect/detectors/packet-12/detector.ts';
import { outermost } from '../../src-main/detect/detectors/packets/rows.ts';
import { UNUSUAL, type PacketDetector } from '../../src-main/detect/detectors/packets/types.ts';
import { MeanZ2 } from '../../src-main/detect/detectors/statistics/mean-z2.ts';
import { fitScaler } from '../../src-main/detect/features/scaler.ts';
import { averagePrecision, recallAtFpr, rocAuc, stepsOf } from '../../src-main/detect/lab/metrics.ts';
import { formatAddress } from '../../src-main/meter/hosts.ts';
import type { PacketBatch, SegmentBatch } from '../../src-main/meter/packets/types.ts';
import { openSource } from '../../src-main/run/pipeline/source.ts';
import { generateToFile, type CaptureSpec } from '../generator/scenario.ts';
import type { Truth } from '../generator/sim/sim.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** One of each family, after the ordinary first half. */
const ATTACKS = [
  'port-scan',
  'host-sweep',
  'dos-flood',
  'brute-force',
  'dns-tunnel',
  'icmp-tunnel',
  'data-exfiltration',
  'slow-dos',
] as const;
/** Ordinary packets at the start, seconds. */
const QUIET = 2400;
const EACH = 240;

type Look = (packets: PacketBatch, segments: SegmentBatch, rows: Int32Array) => Promise<void>;

async function read(file: string, look: Look): Promise<void> {
  const source = await openSource([file], 1);
  let rows = new Int32Array(0);
  let current: PacketBatch | undefined;
  source.tap((packets) => (current = packets));
  try {
    for (let seen = await source.next(); seen; seen = await source.next()) {
      rows = outermost(source.meter.segments, current!.count, rows);
      await look(current!, source.meter.segments, rows);
    }
  } finally {
    await source.close();
  }
}

/** Something that scores packets; NaN where it does not. */
interface Scoring {
  id: string;
  take(packets: PacketBatch, segments: SegmentBatch, rows: Int32Array): Promise<Float32Array>;
  /** Surprise of the same packets, where there is one. */
  surprise(): Float32Array | undefined;
  ms: number;
}

function ofDetector(detector: PacketDetector, score: () => Float32Array, id = detector.id): Scoring {
  return {
    id,
    ms: 0,
    async take(packets, segments) {
      const from = performance.now();
      detector.observe(packets, segments);
      this.ms += performance.now() - from;
      await detector.learn();
      return score();
    },
    surprise: () => detector.surprise,
  };
}

function meanZ2(): Scoring {
  const names = FEATURES.filter((name) => !SHORTCUTS.includes(name));
  const width = names.length;
  const learning = new Float32Array(LEAST_PACKETS * width);
  const detector = new MeanZ2();
  let scaler: ReturnType<typeof fitScaler> | undefined;
  let seen = 0;
  let before = NaN;
  const row = new Float32Array(width);
  const raw = new Float64Array(1);
  return {
    id: 'mean-z2 of 8 features',
    ms: 0,
    async take(packets, segments, rows) {
      const scores = new Float32Array(packets.count).fill(NaN);
      for (let p = 0; p < packets.count; p++) {
        if (rows[p]! < 0) continue;
        const at = segments.columns.sec[rows[p]!]! + segments.columns.nano[rows[p]!]! * 1e-9;
        const interval = Number.isNaN(before) ? 0 : Math.max(0, at - before);
        before = at;
        if (seen < LEAST_PACKETS) {
          fillFeatures(names, packets, segments, p, rows[p]!, interval, learning, seen * width);
          if (++seen < LEAST_PACKETS) continue;
          const all = { features: names, rows: LEAST_PACKETS, data: learning };
          scaler = fitScaler(all);
          scaler.apply(learning, LEAST_PACKETS);
          await detector.fit(all, { ...all, rows: 64, data: learning.subarray(0, 64 * width) }, 1);
        } else {
          fillFeatures(names, packets, segments, p, rows[p]!, interval, row, 0);
          scaler!.apply(row, 1);
          detector.raw(row, 1, raw);
          scores[p] = raw[0]!;
        }
      }
      return scores;
    },
    surprise: () => undefined,
  };
}

/** Kitnet also as briefly taught as the preset. */
function brief(seed: number): Scoring {
  const kitnet = new Kitnet({ seed, learnFrom: LEAST_PACKETS });
  return ofDetector(kitnet, () => kitnet.error, 'kitnet of 20,000');
}

function all(seed: number): Scoring[] {
  const kitnet = new Kitnet({ seed });
  const presets = [new Packet12({ seed }), new Packet12({ seed, shortcuts: false })];
  return [meanZ2(), ofDetector(kitnet, () => kitnet.error), ...presets.map((one) => ofDetector(one, () => one.weight))];
}

/** Which attack a packet is of, −1 for none. */
function attackOf(truth: readonly Truth[], startSeconds: number, segments: SegmentBatch, row: number): number {
  const { sec, nano, src, dst } = segments.columns;
  const at = (sec[row]! - startSeconds) * 1e9 + nano[row]!;
  return truth.findIndex(({ start, end, sources, targets }) => {
    if (at < start || at > end) return false;
    const [from, to] = [formatAddress(src, row * 4), formatAddress(dst, row * 4)];
    const among = (list: readonly string[], address: string): boolean => list.length === 0 || list.includes(address);
    return (among(sources, from) && among(targets, to)) || (among(sources, to) && among(targets, from));
  });
}

interface Outcome {
  id: string;
  auc: number;
  pr: number;
  recall1: number;
  recall5: number;
  falseUnusual: number;
  perSecond: number;
  perAttack: { kind: string; packets: number; found: number }[];
}

const DAY = 1773100800;
const START = DAY + 9 * 3600;

async function generated(
  seed: number,
  folder: string,
): Promise<{ packets: number; attack: number; outcomes: Outcome[] }> {
  const spec: CaptureSpec = {
    environment: 'office',
    set: 'held-out',
    seed: 4000 + seed,
    hosts: 20,
    hours: 1.5,
    volume: 0.05,
    startSeconds: START,
    attacks: ATTACKS.map((kind, i) => ({ kind, intensity: 0.3, at: QUIET + i * EACH, lasting: EACH - 30 })),
  };
  const file = join(folder, `${seed}.pcapng`);
  const { truth } = await generateToFile(spec, file);
  const scorings = [...all(seed), brief(seed)];
  const scores = scorings.map((): number[] => []);
  const surprises = scorings.map((): number[] => []);
  const attacks: number[] = [];
  let seen = 0;
  await read(file, async (packets, segments, rows) => {
    const scored: Float32Array[] = [];
    const surprised: (Float32Array | undefined)[] = [];
    for (const one of scorings) {
      scored.push((await one.take(packets, segments, rows)).slice());
      surprised.push(one.surprise()?.slice());
    }
    for (let p = 0; p < packets.count; p++) {
      if (rows[p]! < 0) continue;
      // Those after which all of them score.
      if (seen++ < KITNET_PACKETS) continue;
      attacks.push(attackOf(truth, START, segments, rows[p]!));
      for (const [s] of scorings.entries()) {
        scores[s]!.push(scored[s]![p]!);
        surprises[s]!.push(surprised[s]?.[p] ?? NaN);
      }
    }
  });
  rmSync(file);
  const label = Uint8Array.from(attacks, (attack) => (attack >= 0 ? 1 : 0));
  const outcomes = scorings.map((one, s): Outcome => {
    const steps = stepsOf(Float64Array.from(scores[s]!), label);
    const unusual = surprises[s]!.map((x) => x >= UNUSUAL);
    const ordinary = label.length - steps.attacks;
    return {
      id: one.id,
      auc: rocAuc(steps),
      pr: averagePrecision(steps),
      recall1: recallAtFpr(steps, 0.01),
      recall5: recallAtFpr(steps, 0.05),
      falseUnusual: unusual.filter((x, i) => x && !label[i]).length / ordinary,
      perSecond: one.ms > 0 ? (seen / one.ms) * 1000 : NaN,
      perAttack: truth.map(({ kind }, a) => {
        const of = attacks.flatMap((attack, i) => (attack === a ? [i] : []));
        return { kind, packets: of.length, found: of.filter((i) => unusual[i]).length / of.length };
      }),
    };
  });
  return { packets: label.length, attack: label.reduce((a, b) => a + b, 0), outcomes };
}

/** Shares of unusual packets in each real capture, by detectors that learned from a generated office. */
async function real(folder: string, seed: number, work: string): Promise<void> {
  const office = join(work, 'office.pcapng');
  await generateToFile(
    { environment: 'office', set: 'tuning', seed: 4100 + seed, hosts: 20, hours: 1, volume: 0.05 },
    office,
  );
  const scorings = all(seed).slice(1);
  let end = 0;
  await read(office, async (packets, segments, rows) => {
    for (const one of scorings) await one.take(packets, segments, rows);
    end = Math.max(end, ...packets.columns.sec.subarray(0, packets.count));
  });
  const shares: { set: string; file: string; packets: number; unusual: number[] }[] = [];
  for (const set of ['benign', 'mixed', 'attack']) {
    const files = readdirSync(join(folder, set), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => /\.(pcap|pcapng|cap|pcap\.gz)$/.test(name)).sort()) {
      const unusual = scorings.map(() => 0);
      let count = 0;
      let shift = NaN;
      let last = end;
      try {
        await read(join(folder, set, file), async (packets, segments, rows) => {
          const { sec } = segments.columns;
          if (Number.isNaN(shift) && segments.count > 0) shift = end + 86_400 - sec[0]!;
          for (let row = 0; row < segments.count; row++) {
            sec[row]! += shift;
            last = Math.max(last, sec[row]!);
          }
          for (const [s, one] of scorings.entries()) {
            await one.take(packets, segments, rows);
            const surprise = one.surprise()!;
            for (let p = 0; p < packets.count; p++) if (surprise[p]! >= UNUSUAL) unusual[s]!++;
          }
          for (let p = 0; p < packets.count; p++) if (rows[p]! >= 0) count++;
        });
      } catch (error) {
        process.stderr.write(`${file}: ${String(error)}\n`);
        continue;
      }
      end = Math.min(last, end + 7 * 86_400);
      if (count > 0) shares.push({ set, file, packets: count, unusual: unusual.map((n) => n / count) });
    }
  }
  console.log(
    '\n| detector | set | captures | median share unusual | captures above 5 % | AUC against benign captures |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const [s, one] of scorings.entries()) {
    for (const set of ['benign', 'mixed', 'attack']) {
      const of = shares.filter((each) => each.set === set).map(({ unusual }) => unusual[s]!);
      const sorted = [...of].sort((a, b) => a - b);
      const benign = shares.filter((each) => each.set === 'benign').map(({ unusual }) => unusual[s]!);
      const labels = Uint8Array.from([...benign.map(() => 0), ...of.map(() => 1)]);
      const auc = set === 'benign' ? '' : rocAuc(stepsOf(Float64Array.from([...benign, ...of]), labels)).toFixed(3);
      const above = of.filter((share) => share > 0.05).length;
      console.log(`| ${one.id} | ${set} | ${of.length} | ${sorted[of.length >> 1]?.toFixed(3)} | ${above} | ${auc} |`);
    }
  }
  const enough = shares.filter(({ packets }) => packets >= LEAST_PACKETS);
  console.log(
    `\nWith ${LEAST_PACKETS} packets or more: ${enough.map(({ file, packets }) => `${file} (${packets})`).join(', ')}`,
  );
}

const spread = (values: readonly number[], digits = 3): string => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const half = (Math.max(...values) - Math.min(...values)) / 2;
  return half < 0.5 * 10 ** -digits ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${half.toFixed(digits)}`;
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seeds: { type: 'string' }, captures: { type: 'string' } } });
  const seeds = (values.seeds ?? '1,2,3').split(',').map(Number);
  const captures = values.captures ?? join(ROOT, '..', 'shared', 'data', 'pcaps');
  const folder = mkdtempSync(join(tmpdir(), 'sonde-packets-'));
  try {
    const runs: Awaited<ReturnType<typeof generated>>[] = [];
    for (const seed of seeds) {
      const run = await generated(seed, folder);
      console.log(`seed ${seed}: ${run.packets} packets judged, ${run.attack} of them of attacks`);
      runs.push(run);
    }
    console.log(
      '\n| detector | ROC-AUC | PR-AUC | recall at 1 % FPR | at 5 % | ordinary packets rarer than 0.1 % | packets/s |',
    );
    console.log('|---|---|---|---|---|---|---|');
    for (const [d, { id }] of runs[0]!.outcomes.entries()) {
      const of = (pick: (o: Outcome) => number, digits?: number): string =>
        spread(
          runs.map((run) => pick(run.outcomes[d]!)),
          digits,
        );
      const unusual = id.startsWith('mean') ? '' : of((o) => o.falseUnusual, 4);
      const speed = id.startsWith('mean') ? '' : of((o) => o.perSecond, 0);
      console.log(
        `| ${id} | ${of((o) => o.auc)} | ${of((o) => o.pr)} | ${of((o) => o.recall1)} | ${of((o) => o.recall5)} | ${unusual} | ${speed} |`,
      );
    }
    console.log(
      '\n| attack | packets | kitnet | packet-12 | packet-12-plain | kitnet of 20,000 |\n|---|---|---|---|---|---|',
    );
    for (const [a, kind] of ATTACKS.entries()) {
      const cells = [1, 2, 3, 4].map((d) =>
        spread(
          runs.map((run) => run.outcomes[d]!.perAttack[a]!.found),
          2,
        ),
      );
      const packets = runs.map((run) => run.outcomes[1]!.perAttack[a]!.packets).join(', ');
      console.log(`| ${kind} | ${packets} | ${cells.join(' | ')} |`);
    }
    if (existsSync(captures)) await real(captures, seeds[0]!, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
