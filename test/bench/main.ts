/**
 * `npm run bench [-- --quick] [-- FILE…]`: packets per second of each stage and of the whole command, with memory, on
 * generated captures of 1 and 5 million packets and a flood (made on first use, kept in `.bench/`), or on the files
 * given. Beside them, where installed, what tcpdump and capinfos take for the same file. A benchmark, never a test.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const CACHE = join(ROOT, '.bench');
const RUNS = 3;
const MODEL = join(ROOT, 'resources', 'models', 'base.model');

interface Staged {
  packets: number;
  flows: number;
  ms: Record<string, number>;
  peakMiB: number;
}

interface Whole {
  seconds: number;
  peakMiB: number;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const thousand = (packets: number, seconds: number): string =>
  Math.round(packets / seconds / 1000).toLocaleString('en-US');

function captureOf(name: string, options: readonly string[]): string {
  const path = join(CACHE, name);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  process.stderr.write(`making ${path}\n`);
  const part = `${path}.part.pcap`;
  execFileSync(process.execPath, [join(ROOT, 'test/generator/main.ts'), ...options, '--out', part], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  renameSync(part, path);
  return path;
}

function staged(path: string): Staged {
  const out = execFileSync(process.execPath, [join(import.meta.dirname, 'stages.ts'), path, MODEL], {
    maxBuffer: 1 << 20,
  });
  return JSON.parse(out.toString()) as Staged;
}

/** Wall seconds and peak memory of a whole process, by GNU time where it is, else memory is not known. */
function whole(command: readonly string[]): Whole | undefined {
  const [program = '', ...args] = command;
  const begin = performance.now();
  const timed = existsSync('/usr/bin/time');
  const ran = timed
    ? spawnSync('/usr/bin/time', ['-f', 'peak %M', program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    : spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (ran.error || ran.status === 127) return undefined;
  if (ran.status !== 0) throw new Error(`${command.join(' ')} ended with ${ran.status}: ${ran.stderr.toString()}`);
  const seconds = (performance.now() - begin) / 1000;
  const peak = /peak (\d+)/.exec(ran.stderr.toString())?.[1];
  return { seconds, peakMiB: peak === undefined ? NaN : Math.round(Number(peak) / 1024) };
}

function installed(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

function commands(path: string): [name: string, command: string[]][] {
  const sonde = [process.execPath, join(ROOT, 'dist/src-main/run/cli/main.js'), 'triage', path];
  const own: [string, string[]][] = [
    ['sonde triage --no-models --flows /dev/null', [...sonde, '--no-models', '--flows', '/dev/null']],
    ['sonde triage --json', [...sonde, '--json']],
    ['sonde triage --json --threads 1', [...sonde, '--json', '--threads', '1']],
    [
      'sonde triage --json --db',
      ['sh', '-c', `rm -f ${CACHE}/bench.db*; exec "$@"`, 'sh', ...sonde, '--json', '--db', `${CACHE}/bench.db`],
    ],
  ];
  const peers: [string, string[]][] = [
    ['capinfos (reads, counts)', ['capinfos', '-c', path]],
    ['tcpdump -nn (one line a packet)', ['tcpdump', '-nn', '-r', path]],
  ];
  return [...own, ...peers.filter(([, [program = '']]) => installed(program))];
}

function row(cells: readonly (string | number)[], widths: readonly number[]): string {
  return cells.map((c, i) => (i === 0 ? String(c).padEnd(widths[i]!) : String(c).padStart(widths[i]!))).join('  ');
}

/**
 * What inspection costs beside flow metering, which it should stay below. Flow metering here is the table, its draining
 * (in which what inspection learned of a flow is handed over) and the flow log; the ratio is that of each run.
 */
function inspection(runs: readonly Staged[]): string {
  const ratios = runs.map((r) => (r.ms['protocols'] ?? 0) / (r.ms['flows'] ?? 1)).toSorted((a, b) => a - b);
  const [least, most] = [ratios[0] ?? 0, ratios.at(-1) ?? 0];
  return `inspection costs ${median(ratios).toFixed(2)} times what flow metering does (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

function bench(path: string, runs: number): object {
  staged(path);
  const all = Array.from({ length: runs }, () => staged(path));
  const { packets, flows } = all[0]!;
  const size = statSync(path).size;
  process.stdout.write(
    `\n${path}: ${packets.toLocaleString('en-US')} packets, ${Math.round(size / 1e6)} MB, ${flows.toLocaleString('en-US')} flows\n`,
  );
  const widths = [44, 12, 16, 10];
  process.stdout.write(`${row(['stage (processor time of one core)', 'ms', 'thousand pkt/s', 'cumulated'], widths)}\n`);
  let sum = 0;
  const stages: Record<string, number> = {};
  for (const stage of Object.keys(all[0]!.ms)) {
    const ms = median(all.map((r) => r.ms[stage] ?? 0));
    sum += ms;
    stages[stage] = ms;
    process.stdout.write(
      `${row([stage, Math.round(ms), thousand(packets, ms / 1000), thousand(packets, sum / 1000)], widths)}\n`,
    );
  }
  process.stdout.write(`${inspection(all)}\n`);
  process.stdout.write(`peak memory with everything in one process: ${median(all.map((r) => r.peakMiB))} MiB\n`);
  process.stdout.write(`${row(['whole process (wall time)', 's', 'thousand pkt/s', 'MiB'], widths)}\n`);
  const processes: Record<string, Whole> = {};
  for (const [name, command] of commands(path)) {
    const results = Array.from({ length: runs }, () => whole(command)).filter((r) => r !== undefined);
    if (results.length === 0) continue;
    const seconds = median(results.map((r) => r.seconds));
    const peakMiB = median(results.map((r) => r.peakMiB));
    processes[name] = { seconds, peakMiB };
    process.stdout.write(`${row([name, seconds.toFixed(2), thousand(packets, seconds), peakMiB], widths)}\n`);
  }
  return { path: path.replace(`${ROOT}/`, ''), packets, bytes: size, flows, stages, processes };
}

function main(): void {
  const args = process.argv.slice(2);
  const quick = args.includes('--quick');
  const given = args.filter((a) => !a.startsWith('--'));
  const files =
    given.length > 0
      ? given
      : [
          captureOf('mix-1m.pcap', ['--packets', '1000000', '--seed', '1']),
          captureOf('flood-1m.pcap', ['--flood', '1000000', '--seed', '1']),
          ...(quick ? [] : [captureOf('mix-5m.pcap', ['--packets', '5000000', '--seed', '2'])]),
        ];
  const cpu = cpus()[0]?.model ?? 'unknown processor';
  process.stdout.write(
    `${cpu}, ${cpus().length} cores, Node ${process.version}; median of ${quick ? 1 : RUNS} after a warm-up\n`,
  );
  const results = files.map((file) => bench(file, quick ? 1 : RUNS));
  const folder = join(ROOT, 'test', 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const day = new Date().toISOString().slice(0, 10);
  const name = `${day}-${cpu.replace(/[^\w]+/g, '-').toLowerCase()}.json`;
  writeFileSync(join(folder, name), `${JSON.stringify({ cpu, node: process.version, results }, null, 1)}\n`);
}

main();
