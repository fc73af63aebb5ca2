/**
 * `npm run bench:live [-- --quick] [--settings]`: what the capture helper and its client lose, and what they cost, over
 * a virtual cable in a network namespace of its own, beside `dumpcap -w /dev/null` on the same traffic. As root, with
 * tcpreplay. The generator's mixed traffic at 100 Mbit/s for 60 s and at 1 Gbit/s for 30 s, 300,000 small packets a
 * second for 30 s (a 64 MiB buffer hides shorter losses), then a ladder of packet rates until packets are lost, then
 * 300,000 a second with other buffers, and with helpers whose ring of the kernel (TPACKET_V3) is set up in other ways
 * (`--settings`: only those). `--latency`: see live-latency.ts. Sender, kernel, helper and reader share the machine's
 * processors; the load of others is told. A benchmark, never a test.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { HelperSource } from '../../src-main/meter/capture/client/helper-source.ts';
import { findDumpcap } from '../../src-main/meter/capture/sources/dumpcap-source.ts';
import { measureLatency } from './live-latency.ts';
import { Cable, HELPER, hasTcpreplay, pause, ROOT, whyNoCable } from '../integration/capture/network.ts';

const CACHE = join(ROOT, '.bench');
/** Kernel's clock ticks a second, of /proc/PID/stat. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface Cost {
  /** Seconds of processor time. */
  cpu: number;
  /** MiB of memory at the most. */
  rss: number;
}

interface Measured {
  name: string;
  engine: string;
  seconds: number;
  sent: number;
  packetsPerSecond: number;
  megabitsPerSecond: number;
  read: number;
  lost: number;
  /** Of the program that captures, and of the one that reads its output. */
  capturer: Cost;
  reader: Cost | null;
  /** Of the whole machine over the last minute, when it ended: this benchmark's own share is 2 to 3. */
  load: number;
}

/** Undefined where the process has ended. */
function costOf(pid: number): Cost | undefined {
  if (!existsSync(`/proc/${pid}/stat`)) return undefined;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (peak === undefined) return undefined;
  return { cpu: (Number(fields[11]) + Number(fields[12])) / TICKS, rss: Math.round(Number(peak) / 1024) };
}

function captureOf(name: string, options: readonly string[]): string {
  const path = join(CACHE, name);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  const part = `${path}.part.pcap`;
  execFileSync(process.execPath, [join(ROOT, 'test/generator/main.ts'), ...options, '--out', part], {
    stdio: 'ignore',
  });
  renameSync(part, path);
  return path;
}

interface Sent {
  packets: number;
  bytes: number;
  seconds: number;
}

/** Sends until `seconds` have passed; `rate` is tcpreplay's. */
async function send(cable: Cable, path: string, rate: string, seconds: number): Promise<Sent> {
  const args = ['netns', 'exec', cable.namespace, 'tcpreplay', '-q', '-K', '-i', cable.far, '--loop=100000'];
  const child = spawn('ip', [...args, rate, `--duration=${seconds}`, path], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  const found = /Actual: (\d+) packets \((\d+) bytes\) sent in ([\d.]+) seconds/.exec(said);
  if (!found) throw new Error(`tcpreplay did not tell what it sent: ${said}`);
  return { packets: Number(found[1]), bytes: Number(found[2]), seconds: Number(found[3]) };
}

function measured(
  name: string,
  engine: string,
  sent: Sent,
  read: number,
  capturer: Cost,
  reader: Cost | null,
): Measured {
  return {
    name,
    engine,
    seconds: sent.seconds,
    sent: sent.packets,
    packetsPerSecond: Math.round(sent.packets / sent.seconds),
    megabitsPerSecond: Math.round((sent.bytes * 8) / sent.seconds / 1e6),
    read,
    lost: sent.packets - read,
    capturer,
    reader,
    load: Math.round((loadavg()[0] ?? NaN) * 10) / 10,
  };
}

interface Setting {
  /** Another build of the helper. */
  helper?: string;
  bufferMiB?: number;
}

async function byHelper(
  cable: Cable,
  name: string,
  path: string,
  rate: string,
  seconds: number,
  { helper = HELPER, bufferMiB = 64 }: Setting = {},
): Promise<Measured> {
  const source = await HelperSource.open({ path: helper, interface: cable.name, bufferMiB });
  const before = process.cpuUsage();
  let read = 0;
  let touched = 0;
  let capturer: Cost = { cpu: 0, rss: 0 };
  const reading = (async () => {
    for (let event = await source.next(); event; event = await source.next()) {
      if (event.kind === 'statistics') capturer = costOf(source.pid ?? 0) ?? capturer;
      if (event.kind !== 'packets') continue;
      const { batch } = event;
      read += batch.count;
      // As who meters them would, look at each packet once.
      for (let i = 0; i < batch.count; i++) touched += batch.data[batch.columns.offset[i]!]!;
      source.release(batch);
    }
  })();
  const sent = await send(cable, path, rate, seconds);
  await pause(1500);
  source.stop();
  await reading;
  await source.close();
  const { user, system } = process.cpuUsage(before);
  if (touched < 0) throw new Error('unreachable');
  const reader = { cpu: (user + system) / 1e6, rss: Math.round(process.memoryUsage.rss() / 1024 ** 2) };
  return measured(name, 'sonde-capture', sent, read, capturer, reader);
}

async function byDumpcap(cable: Cable, name: string, path: string, rate: string, seconds: number): Promise<Measured> {
  const args = ['-q', '-i', cable.name, '-B', '64', '-w', '/dev/null'];
  const child = spawn(findDumpcap() ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  while (!said.includes('File:')) await pause(20);
  const sent = await send(cable, path, rate, seconds);
  await pause(1500);
  const capturer = costOf(child.pid ?? 0) ?? { cpu: NaN, rss: NaN };
  child.kill('SIGINT');
  await new Promise((resolve) => child.once('close', resolve));
  const counts = /received\/dropped on interface .*: (\d+)\/(\d+)/.exec(said);
  return measured(name, 'dumpcap', sent, Number(counts?.[1]), capturer, null);
}

const WIDTHS = [34, 14, 11, 9, 12, 9, 9, 13, 13, 6];
function row(cells: readonly (string | number)[]): string {
  return cells.map((c, i) => (i < 2 ? String(c).padEnd(WIDTHS[i]!) : String(c).padStart(WIDTHS[i]!))).join(' ');
}

function print(m: Measured): void {
  const share = (cost: Cost | null): string =>
    cost === null ? '–' : `${Math.round((cost.cpu / m.seconds) * 100)} %, ${cost.rss} MiB`;
  const cells = [
    ...[m.name, m.engine, m.packetsPerSecond.toLocaleString('en-US'), m.megabitsPerSecond],
    ...[m.sent.toLocaleString('en-US'), m.lost, `${((100 * m.lost) / m.sent).toFixed(2)} %`],
    ...[share(m.capturer), share(m.reader), m.load],
  ];
  process.stdout.write(`${row(cells)}\n`);
}

/** Rates of small packets a second, upwards until every engine loses some. */
async function ladder(cable: Cable, small: string, seconds: number): Promise<Measured[]> {
  const results: Measured[] = [];
  const engines = findDumpcap() === undefined ? [byHelper] : [byHelper, byDumpcap];
  for (const rate of [100_000, 200_000, 300_000, 400_000, 500_000, 0]) {
    const name = rate === 0 ? 'small packets, no limit' : `small packets, ${rate / 1000}k/s`;
    const option = rate === 0 ? '--topspeed' : `--pps=${rate}`;
    const found: Measured[] = [];
    for (const engine of engines) {
      const m = await engine(cable, name, small, option, seconds);
      print(m);
      found.push(m);
    }
    results.push(...found);
    if (found.every(({ lost }) => lost > 0)) break;
  }
  return results;
}

const SOURCES = join(ROOT, 'src-main', 'meter', 'capture', 'helper');
const RETIRE = 'RETIRE_MS = 20';
const TIMEOUT = 'pcap_set_timeout(pcap, RETIRE_MS);';

/** The helper with a change to how it sets up the kernel's ring; its path. */
function variant(name: string, from: string, to: string): string {
  const folder = join(CACHE, `helper-${name}`);
  const sources = join(folder, 'sources');
  mkdirSync(sources, { recursive: true });
  const files = readdirSync(SOURCES).filter((file) => /\.[ch]$/.test(file));
  let changed = 0;
  for (const file of files) {
    const text = readFileSync(join(SOURCES, file), 'utf8');
    if (text.includes(from)) changed++;
    writeFileSync(join(sources, file), text.replace(from, to));
  }
  if (changed !== 1) throw new Error(`the helper has no ${from}`);
  const programs = files.filter((file) => file.endsWith('.c')).map((file) => join(sources, file));
  const built = join(folder, 'sonde-capture');
  execFileSync('gcc', ['-D_GNU_SOURCE', '-std=gnu11', '-O2', '-w', '-o', built, ...programs, '-lpcap']);
  return built;
}

/** 300,000 small packets a second with other buffers and another ring. */
async function settings(cable: Cable, small: string, seconds: number): Promise<Measured[]> {
  const tried: [string, Setting][] = [2, 8, 64, 256].map((bufferMiB) => [`buffer ${bufferMiB} MiB`, { bufferMiB }]);
  for (const ms of [1, 5, 100]) {
    const helper = variant(`retire-${ms}`, RETIRE, `RETIRE_MS = ${ms}`);
    tried.push([`blocks handed over after ${ms} ms`, { helper }]);
  }
  // libpcap then takes TPACKET_V2, whose ring has a slot a packet: with the largest snap length that is few packets.
  const immediate = variant('immediate', TIMEOUT, `${TIMEOUT} pcap_set_immediate_mode(pcap, 1);`);
  tried.push(['immediate mode (TPACKET_V2)', { helper: immediate }]);
  const results: Measured[] = [];
  for (const [name, setting] of tried) {
    const m = await byHelper(cable, name, small, '--pps=300000', seconds, setting);
    print(m);
    results.push(m);
  }
  return results;
}

async function main(): Promise<void> {
  const quick = process.argv.includes('--quick');
  const onlySettings = process.argv.includes('--settings');
  const why = (await whyNoCable()) || (hasTcpreplay() ? '' : 'tcpreplay is not installed');
  if (why !== '') throw new Error(`this benchmark cannot run: ${why}`);
  const mix = captureOf('live-mix.pcap', ['--packets', '200000', '--seed', '7']);
  const small = captureOf('live-small.pcap', ['--flood', '100000', '--seed', '7']);
  const cpu = cpus()[0]?.model ?? 'unknown processor';
  process.stdout.write(
    `${cpu}, ${cpus().length} cores, Node ${process.version}${quick ? ', quick' : ''}, load ${loadavg()[0]?.toFixed(1)}\n`,
  );
  process.stdout.write(
    `${row(['traffic', 'engine', 'packets/s', 'Mbit/s', 'sent', 'lost', '', 'capturer', 'reader', 'load'])}\n`,
  );
  const cable = new Cable('b');
  const results: Measured[] = [];
  try {
    for (const [name, path, rate, seconds] of onlySettings
      ? []
      : ([
          ['mix, 100 Mbit/s', mix, '--mbps=100', quick ? 10 : 60],
          ['mix, 1 Gbit/s', mix, '--mbps=1000', quick ? 10 : 30],
          ['small packets, 300k/s', small, '--pps=300000', quick ? 10 : 30],
        ] as const)) {
      const m = await byHelper(cable, name, path, rate, seconds);
      print(m);
      results.push(m);
    }
    if (!onlySettings) results.push(...(await ladder(cable, small, quick ? 4 : 15)));
    results.push(...(await settings(cable, small, quick ? 4 : 10)));
  } finally {
    cable.remove();
  }
  const folder = join(ROOT, 'test', 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const file = `${new Date().toISOString().slice(0, 10)}-live-${cpu.replace(/[^\w]+/g, '-').toLowerCase()}.json`;
  writeFileSync(join(folder, file), `${JSON.stringify({ cpu, node: process.version, quick, results }, null, 2)}\n`);
}

const rest = process.argv.slice(2);
if (rest.includes('--latency')) await measureLatency(rest.filter((word) => word !== '--latency'));
else await main();
