/**
 * `npm run bench [-- OPTIONS] [FILE…]`: each stage alone and the whole command, in seconds of the clock and of the
 * processor, with peak memory and rates, beside the least that a C program can do and the field's tools as far as they
 * are installed. Commands are run in turns; the first round warms up and is not counted. A benchmark, never a test.
 *
 * - `--runs N`: counted rounds (5)
 * - `--quick`: without the five million packets, three rounds
 * - `--minute`: small captures, one round without a warm-up, no other tools, nothing written
 * - `--no-peers`: without other tools
 * - `FILE…`: these captures instead
 *
 * Results go to `test/bench/results/<date>-<cpu>.json` too.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { captures, type BenchCapture, type Size } from './whole/captures.ts';
import { commandsFor, type BenchCommand } from './whole/commands.ts';
import { measure, median, spread, type Run } from './whole/measure.ts';
import { printed } from './whole/print.ts';
import type { Captured, Done } from './whole/types.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODEL = join(ROOT, 'resources', 'models', 'base.model');

/** What `stages.ts` prints. */
interface Staged {
  packets: number;
  flows: number;
  ms: Record<string, number>;
  peakMiB: number;
}

interface Wanted {
  runs: number;
  peers: boolean;
  /** Sonde on one thread too. */
  threads: boolean;
  warmUp: boolean;
}

function staged(path: string): Staged {
  const stages = join(import.meta.dirname, 'stages.ts');
  return JSON.parse(execFileSync(process.execPath, [stages, path, MODEL], { maxBuffer: 1 << 20 }).toString()) as Staged;
}

/** All commands in turns: a round of warming up where that is wanted, then the counted ones. Who fails or takes too long is left out. */
function inTurns(
  commands: readonly BenchCommand[],
  { runs, warmUp }: Wanted,
  between: () => void,
): [Map<string, Run[]>, string[]] {
  const results = new Map<string, Run[]>(commands.map((c) => [c.name, []]));
  const left: string[] = [];
  for (let round = warmUp ? 0 : 1; round <= runs; round++) {
    for (const { name, kind, command } of commands) {
      if (left.includes(name)) continue;
      const run = attempt(kind, command);
      if (run === undefined) left.push(name);
      else if (round > 0) results.get(name)!.push(run);
    }
    if (round > 0) between();
  }
  return [results, left];
}

/** Another tool that fails is not the benchmark's end; Sonde's own failure is. */
function attempt(kind: BenchCommand['kind'], command: readonly string[]): Run | undefined {
  try {
    return measure(command);
  } catch (error) {
    if (kind === 'sonde') throw error;
    process.stderr.write(`${String(error)}\n`);
    return undefined;
  }
}

function bench(capture: BenchCapture, wanted: Wanted): Captured {
  const before = loadavg()[0]!;
  const commands = commandsFor(capture, wanted.peers, wanted.threads);
  const all: Staged[] = [];
  if (wanted.warmUp) staged(capture.path);
  const [results, tooSlow] = inTurns(commands, wanted, () => void all.push(staged(capture.path)));
  const { packets, flows, ms } = all[0]!;
  const processes = commands
    .filter(({ name }) => (results.get(name) ?? []).length > 0)
    .map(({ name, kind }): Done => {
      const runs = results.get(name)!;
      return {
        name,
        kind,
        seconds: spread(runs.map((r) => r.seconds)),
        processor: median(runs.map((r) => r.processor)),
        peakMiB: median(runs.map((r) => r.peakMiB)),
        runs: runs.length,
      };
    });
  return {
    name: capture.name,
    packets,
    flows,
    bytes: statSync(capture.path).size,
    stages: Object.fromEntries(Object.keys(ms).map((s) => [s, median(all.map((r) => r.ms[s] ?? 0))])),
    stagesPeakMiB: median(all.map((r) => r.peakMiB)),
    inspection: spread(all.map((r) => (r.ms['protocols'] ?? 0) / (r.ms['flows'] ?? 1))),
    processes,
    tooSlow,
    load: [before, loadavg()[0]!],
  };
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      minute: { type: 'boolean', default: false },
      'no-peers': { type: 'boolean', default: false },
      runs: { type: 'string' },
    },
  });
  const size: Size = values.minute ? 'minute' : values.quick ? 'quick' : 'whole';
  const runs = Number(values.runs ?? { minute: 1, quick: 3, whole: 5 }[size]);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a whole number from 1');
  const wanted = {
    runs,
    peers: !values['no-peers'] && !values.minute,
    threads: !values.minute,
    warmUp: !values.minute,
  };
  const files =
    positionals.length > 0
      ? positionals.map((path) => ({ name: basename(path), path, floor: undefined }))
      : captures(size);
  const cpu = cpus()[0]?.model ?? 'unknown processor';
  const machine = `${cpu}, ${cpus().length} cores, Node ${process.version}`;
  process.stdout.write(
    `${machine}; ${runs === 1 ? 'one run' : `median of ${runs}`}${wanted.warmUp ? ' after a warm-up' : ', cold'}\n`,
  );
  const results: Captured[] = [];
  for (const file of files) {
    results.push(bench(file, wanted));
    process.stdout.write(printed(results.at(-1)!));
  }
  if (values.minute) return;
  const folder = join(ROOT, 'test', 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const day = new Date().toISOString().slice(0, 10);
  const name = `${day}-${cpu.replace(/[^\w]+/g, '-').toLowerCase()}.json`;
  writeFileSync(join(folder, name), `${JSON.stringify({ cpu, node: process.version, results }, null, 1)}\n`);
}

main();
