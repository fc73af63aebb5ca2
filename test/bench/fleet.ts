/**
 * `npm run bench:fleet [-- CAPTURE.pcap …] [--json FILE]`: what a fleet costs on this machine, with a real redis-server. Without captures, an
 * office and scans are generated. For each: bytes a flow on the wire, cut as a quiet link, a busy one and a file are; then two sensors
 * that each have half of its flows publish, and one worker, two of a group, and two groups side by side take it in from the
 * beginning: flows a second by the clock and of processor time. At last one sensor at a steady pace and how far a worker lies behind it.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { openBatch } from '../../src-main/run/fleet/wire/seal.ts';
import { thisMachine, today } from '../evaluate/study/machine.ts';
import { attackOnly, officeNetwork } from '../generator/scenario.ts';
import { REDIS } from '../integration/fleet/transport-server.ts';
import { makeFleet, type Fleet } from '../setup/fleet-kit.ts';
import { onWire } from './fleet-parts.ts';
import { backlog, lag, round, type Row } from './fleet-runs.ts';

const EVENTS = 1024;
const CUTS = [
  ['one second', 10, EVENTS],
  ['three seconds', 30, EVENTS],
  ['1,024 events', Infinity, EVENTS],
] as const;
/** Flows a second at which lag is measured. */
const RATES = [300, 1500];
/** A run of fewer seconds is not measured. */
const LEAST_S = 8;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function table(title: string, rows: readonly Row[]): void {
  say(`\n${title}`);
  const heads = Object.keys(rows[0] ?? {});
  const cells = [heads, ...rows.map((row) => heads.map((name) => row[name]!.toLocaleString('en-US')))];
  const widths = heads.map((_, i) => Math.max(...cells.map((of) => of[i]!.length)));
  for (const of of cells) say(of.map((c, i) => (i === 0 ? c.padEnd(widths[i]!) : c.padStart(widths[i]!))).join('  '));
}

async function wire(path: string, fleet: Fleet): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, cells, events] of CUTS) {
    const { flows, batches, bytes, sealMs, sealed } = await onWire(path, fleet, cells, events);
    const began = process.cpuUsage();
    for (const one of sealed) openBatch(one, (sensor) => fleet.keys.get(sensor));
    const { user, system } = process.cpuUsage(began);
    const perFlow = { 'bytes a flow': round(bytes / flows), 'seal µs': round((sealMs * 1000) / flows) };
    const open = { 'open µs': round((user + system) / flows) };
    rows.push({ 'a batch': name, flows, batches, 'flows a batch': round(flows / batches, 1), ...perFlow, ...open });
  }
  return rows;
}

/** Seconds from the first to the last packet of a classic capture. */
function spanOf(path: string): number {
  const bytes = readFileSync(path);
  let [first, last] = [NaN, 0];
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    last = bytes.readUInt32LE(at);
    if (Number.isNaN(first)) first = last;
  }
  return Math.max(1, last - first);
}

async function measure(name: string, bytes: Uint8Array): Promise<object> {
  const fleet = makeFleet(bytes, 2);
  try {
    const cuts = await wire(fleet.whole, fleet);
    table(`${name}, ${round(statSync(fleet.whole).size / 1e6)} MB: on the wire, one shard, without payload`, cuts);
    const { rows, memory } = await backlog(fleet);
    table(`${name}: published, and taken in from the beginning`, rows);
    table(`${name}: in Redis`, [memory]);
    const lags: Row[] = [];
    const flows = memory['flows'] as number;
    // What is over too soon says nothing of a steady state.
    for (const rate of RATES.filter((one) => flows / one > LEAST_S)) {
      lags.push(await lag(fleet, flows, spanOf(fleet.whole), rate));
    }
    if (lags.length > 0) table(`${name}: lag at a steady rate`, lags);
    return { name, cuts, rows, memory, lags };
  } finally {
    fleet.remove();
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
  if (!REDIS) {
    process.stderr.write('redis-server is not installed: apt-get install redis-server\n');
    return 3;
  }
  const machine = thisMachine();
  const load = loadavg()[0]!.toFixed(1);
  say(`${machine.cores} × ${machine.processor}, ${machine.memoryGiB} GiB, Node ${machine.node}, load ${load}`);
  const generated = (): [string, () => Uint8Array][] => [
    [
      'office',
      () => officeNetwork({ seed: 41, hosts: 25, hours: 0.8, volume: 0.05, snaplen: 400, format: 'pcap' }).bytes,
    ],
    [
      'scans',
      () => attackOnly({ seed: 42, hours: 0.05, format: 'pcap', attacks: ['port-scan/syn:1', 'host-sweep:1'] }).bytes,
    ],
  ];
  const given = positionals.map((path): [string, () => Uint8Array] => [basename(path), () => readFileSync(path)]);
  const results: object[] = [];
  for (const [name, bytes] of given.length > 0 ? given : generated()) results.push(await measure(name, bytes()));
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ day: today(), machine, load, results }, null, 2)}\n`);
  return 0;
}

process.exitCode = await main();
