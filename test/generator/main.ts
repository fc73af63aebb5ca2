/**
 * Writes generated captures from a shell:
 *   node test/generator/main.ts --scenario office --hours 1 --seed 7 --attacks port-scan:0.5,dns-tunnel/txt:1 --out X.pcapng.gz --labels X.labels.csv
 *   node test/generator/main.ts --packets 5000000 --out bench.pcap        a realistic mix, exactly that many packets
 *   node test/generator/main.ts --flood 1000000 --out flood.pcap          that many flows of one packet
 *   node test/generator/main.ts --list                                    the scenarios
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ATTACKS, LOOKALIKES } from './attacks/registry.ts';
import { simulateFlood } from './flood.ts';
import { simulate, type CaptureSpec } from './scenario.ts';
import type { OutputOptions } from './sim/output.ts';
import type { Sim } from './sim/sim.ts';
import { writeChunks } from './write/files.ts';

const USAGE = `usage: main.ts --out FILE [--scenario office|home|enterprise|none] [--set tuning|held-out] [--hosts N] [--hours H]
  [--seed N] [--activity X] [--volume X] [--start-hour H] [--attacks KIND[/VARIANT][:INTENSITY],…] [--labels FILE] [--truth FILE]
  [--format pcap|pcap-ns|pcapng] [--snaplen N] [--packets N | --flood N] | --list`;

function fail(message: string): never {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}

function list(): void {
  for (const [kind, variants] of Object.entries(ATTACKS))
    process.stdout.write(`${kind}: ${Object.keys(variants).join(' ')}\n`);
  process.stdout.write(`look-alikes (benign): ${Object.keys(LOOKALIKES).join(' ')}\n`);
}

async function write(sim: Sim, out: string, labels: string | undefined, truth: string | undefined): Promise<void> {
  const begun = performance.now();
  const bytes = await writeChunks(out, sim.chunks());
  const seconds = (performance.now() - begun) / 1000;
  if (labels !== undefined) {
    writeFileSync(labels, '');
    for (const text of sim.labels.csv(sim.options.startSeconds)) appendFileSync(labels, text);
  }
  if (truth !== undefined) writeFileSync(truth, `${JSON.stringify(sim.truth, null, 2)}\n`);
  const rate = Math.round(sim.output.packets / seconds);
  process.stderr.write(`${out}: ${sim.output.packets} packets, ${bytes} bytes, ${rate} packets/s\n`);
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values: v } = parseArgs({
    options: {
      scenario: text,
      set: text,
      hosts: text,
      hours: text,
      seed: text,
      activity: text,
      volume: text,
      'start-hour': text,
      attacks: text,
      labels: text,
      truth: text,
      format: text,
      snaplen: text,
      packets: text,
      flood: text,
      out: text,
      list: { type: 'boolean' },
    },
  });
  if (v.list) return list();
  if (v.out === undefined) fail('--out is missing');
  const number = (name: string, value: string | undefined): number | undefined => {
    if (value === undefined) return undefined;
    const n = Number(value);
    if (!Number.isFinite(n) || n < 0) fail(`--${name} must be a number, not ${value}`);
    return n;
  };
  const seed = number('seed', v.seed) ?? 1;
  const ending = /\.pcap(\.|$)/.test(v.out) ? 'pcap' : 'pcapng';
  const format = (v.format ?? ending) as NonNullable<OutputOptions['format']>;
  const output: OutputOptions = {
    format,
    ...(v.snaplen === undefined ? {} : { snaplen: number('snaplen', v.snaplen) ?? 262144 }),
  };
  if (v.flood !== undefined) {
    return write(
      simulateFlood(number('flood', v.flood) ?? 0, seed, { ...output, labels: v.labels !== undefined }),
      v.out,
      v.labels,
      v.truth,
    );
  }
  const environment = v.scenario ?? (v.packets === undefined ? 'office' : 'enterprise');
  if (!['office', 'home', 'enterprise', 'none'].includes(environment)) fail(`unknown scenario ${environment}`);
  const spec: CaptureSpec = {
    ...output,
    environment: environment as CaptureSpec['environment'],
    seed,
    labels: v.labels !== undefined,
  };
  const given = { hosts: v.hosts, hours: v.hours, activity: v.activity, volume: v.volume };
  for (const [name, value] of Object.entries(given)) {
    const n = number(name, value);
    if (n !== undefined) Object.assign(spec, { [name]: n });
  }
  if (v['start-hour'] !== undefined) spec.startHour = number('start-hour', v['start-hour']) ?? 9;
  if (v.set !== undefined)
    spec.set = v.set === 'held-out' ? 'held-out' : v.set === 'tuning' ? 'tuning' : fail(`unknown set ${v.set}`);
  if (v.attacks !== undefined) spec.attacks = v.attacks.split(',').filter((a) => a !== '');
  if (v.packets !== undefined) {
    // Long enough for any count; the packets end it.
    spec.maxPackets = number('packets', v.packets) ?? 0;
    spec.hours ??= 24 * 7;
    spec.volume ??= 0.2;
  }
  let sim: Sim;
  try {
    sim = simulate(spec);
  } catch (error) {
    if (error instanceof RangeError) fail(error.message);
    throw error;
  }
  return write(sim, v.out, v.labels, v.truth);
}

await main();
