/**
 * Lists of indicators, at the size people have: `npm run bench:intel [-- --indicators 5000000]`. A list of addresses, networks,
 * names, URLs and fingerprints is made up and written, then loaded in a process of its own: how long it takes, the most memory
 * of the process while it loads, and what stays; then what a look-up of each kind costs, of things that are on the list
 * and of things that are not. `docs/intel.md` tells what was measured here last.
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Intel } from '../../src-main/detect/signatures/intel/intel.ts';
import { thisMachine, today } from '../evaluate/study/machine.ts';

const LOOKUPS = 200_000;
const MB = 1e6;

/** Spreads a number over 32 bits (MurmurHash3's last step): entries in no order, all different. */
function spread(i: number): number {
  let x = Math.imul(i ^ (i >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const addressOf = (x: number): string => `${(x >>> 24) % 223 || 1}.${(x >>> 16) & 255}.${(x >>> 8) & 255}.${x & 255}`;
const nameOf = (i: number): string => `${spread(i).toString(36)}.host${i % 977}.bad${i}.example`;
const urlOf = (i: number): string =>
  `http://${nameOf(i)}:8080/${spread(i + 7).toString(36)}/payload-${i}.bin?id=${spread(i)}`;
const hex = (i: number): string => spread(i).toString(16).padStart(8, '0');
const ja3Of = (i: number): string => [i, i + 1, i + 2, i + 3].map(hex).join('');

/** Of twenty: eight addresses, one network, eight names, two URLs, one fingerprint. */
function entry(i: number): string {
  const kind = i % 20;
  if (kind < 8) return addressOf(spread(i));
  if (kind < 9) return `${addressOf(spread(i))}/${16 + (spread(i) % 13)}`;
  if (kind < 17) return nameOf(i);
  return kind < 19 ? urlOf(i) : ja3Of(i);
}

async function write(path: string, indicators: number): Promise<void> {
  const out = createWriteStream(path);
  for (let i = 0; i < indicators;) {
    let text = '';
    for (const end = Math.min(indicators, i + 10_000); i < end; i++) text += `${entry(i)}\n`;
    if (!out.write(text)) await new Promise<void>((resolve) => out.once('drain', () => resolve()));
  }
  await new Promise<void>((resolve) => out.end(() => resolve()));
}

/** Processor time of this process so far: what others do on the machine does not count. */
function seconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Nanoseconds a call. */
function costOf(call: (i: number) => unknown): number {
  const began = seconds();
  for (let i = 0; i < LOOKUPS; i++) call(i);
  return Math.round(((seconds() - began) / LOOKUPS) * 1e9);
}

const words = new Uint32Array(4);
function wordsOf(x: number): Uint32Array {
  words[2] = 0xffff;
  words[3] = x;
  return words;
}

async function measure(path: string): Promise<void> {
  const collect = (): void => {
    globalThis.gc?.();
  };
  collect();
  const before = process.memoryUsage().rss;
  const [began, wall] = [seconds(), performance.now()];
  const intel = await Intel.load({ files: [path], allowed: [], now: () => Date.UTC(2026, 0, 1) });
  const took = `${(seconds() - began).toFixed(1)} s of processor time, ${((performance.now() - wall) / 1000).toFixed(1)} s by the clock`;
  const peak = process.resourceUsage().maxRSS * 1024;
  collect();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const after = process.memoryUsage();
  const [list] = intel.report();
  console.log(`read: ${list?.indicators} indicators, ${list?.refused} refused, in ${took}`);
  console.log(`memory: ${Math.round((after.rss - before) / MB)} MB stay (typed arrays: ${Math.round(after.arrayBuffers / MB)} MB); at most ${Math.round((peak - before) / MB)} MB while reading`); // prettier-ignore
  const costs = {
    'address, any': costOf((i) => intel.address(wordsOf(spread(i * 31 + 5)), 0)),
    'name on the list': costOf((i) => intel.name(nameOf(i * 20 + 10))),
    'name not on it': costOf((i) => intel.name(`www.shop${i}.good.example`)),
    'name asked before': costOf((i) => intel.name(`www.shop${i % 1000}.good.example`)),
    'URL not on it': costOf((i) => intel.url([`shop.good.example/${i}`], wordsOf(i), 0)),
    'JA3 not on it': costOf((i) => intel.client(`${hex(i)}${'0'.repeat(24)}`, '')),
  };
  for (const [what, cost] of Object.entries(costs)) console.log(`look-up, ${what}: ${cost} ns`);
}

const { values } = parseArgs({
  options: { indicators: { type: 'string', default: '5000000' }, list: { type: 'string' } },
});
if (values.list !== undefined) await measure(values.list);
else {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-bench-intel-'));
  try {
    const path = join(folder, 'list.txt');
    await write(path, Number(values.indicators));
    const { processor, cores, node } = thisMachine();
    console.log(
      `${processor}, ${cores} cores, Node ${node}, ${today()}; a list of ${Math.round(statSync(path).size / MB)} MB`,
    );
    const child = [...process.execArgv, '--expose-gc', import.meta.filename, '--list', path];
    const { status } = spawnSync(process.execPath, child, { stdio: 'inherit' });
    process.exitCode = status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
