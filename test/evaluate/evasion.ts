/**
 * `npm run evaluate:evasion [-- --set tuning|held-out --seed 1 --json FILE]`: how far detection bends when an attacker tries
 * not to be found. Every attack is put into the same ordinary office traffic as it is, and slower, out of rhythm, with
 * encrypted payloads of random lengths, from eight addresses instead of one, and amid four times as busy people. Prints the
 * table of docs/evaluation.md. Found as in `evaluate:injected`, whose warning about such figures holds here too.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generate, generateToFile } from '../generator/scenario.ts';
import type { Truth } from '../generator/sim/sim.ts';
import { pcapFile } from '../generator/write/pcap.ts';
import { incidentsOf, isLoud, judge, MORNING, names, share } from './attack-runs.ts';
import { jittered, packetsOf, slower, spread, type Packet } from './reshape.ts';

const TOGETHER = 4;
const HOSTS = 20;
const HOURS = 4;
const VOLUME = 0.05;
/** Seconds into the capture at which the attacks of one run begin. */
const BEGINS = [600, 1500, 2400, 3300] as const;
const SLOWER = 10;
const JITTER = 1;
const PADDING = 2;
const SOURCES = 8;
const BUSY = 4;

interface Attack {
  packets: Packet[];
  truth: Truth;
}

interface Evasion {
  name: string;
  padding?: number;
  activity?: number;
  /** Undefined: it means nothing for this attack. */
  change: (attack: Attack, seed: number) => Attack | undefined;
}

const same = (attack: Attack): Attack => attack;

/** The truth's end follows the last packet. */
function moved({ truth }: Attack, packets: Packet[], sources = truth.sources): Attack {
  return { packets, truth: { ...truth, sources, end: Math.max(truth.end, packets.at(-1)?.time ?? 0) } };
}

const EVASIONS: readonly Evasion[] = [
  { name: 'as it is', change: same },
  { name: `${SLOWER} times slower`, change: (attack) => moved(attack, slower(attack.packets, SLOWER)) },
  { name: 'out of rhythm', change: (attack, seed) => moved(attack, jittered(attack.packets, JITTER, seed)) },
  { name: 'padded', padding: PADDING, change: same },
  {
    name: `from ${SOURCES} addresses`,
    change(attack) {
      // One who forges addresses, or has many already, gains nothing.
      if (attack.truth.sources.length !== 1) return undefined;
      const { packets, sources } = spread(attack.packets, attack.truth.sources, SOURCES);
      return sources.length > 1 ? moved(attack, packets, sources) : undefined;
    },
  },
  { name: 'amid busy people', activity: BUSY, change: same },
];

interface Case {
  attack: string;
  evasion: string;
  found: boolean;
  loud: boolean;
}

function attackAlone(name: string, set: 'tuning' | 'held-out', seed: number, at: number, padding = 0): Attack {
  const { bytes, truth } = generate({
    environment: 'none',
    format: 'pcap',
    set,
    seed,
    hosts: HOSTS,
    hours: HOURS,
    startSeconds: MORNING,
    padding,
    attacks: [{ kind: name, at }],
  });
  return { packets: packetsOf(bytes, MORNING), truth: truth[0]! };
}

function written({ packets }: Attack, path: string): string {
  const start = BigInt(MORNING) * 1_000_000_000n;
  writeFileSync(
    path,
    pcapFile(packets.map(({ time, frame }) => ({ ts: start + BigInt(Math.round(time)), data: frame }))),
  );
  return path;
}

async function ordinary(set: 'tuning' | 'held-out', seed: number, activity: number, folder: string): Promise<string> {
  const path = join(folder, `ordinary-${activity}.pcapng`);
  const network = { environment: 'office', set, seed, hosts: HOSTS, hours: HOURS, volume: VOLUME } as const;
  await generateToFile({ ...network, activity, startSeconds: MORNING }, path);
  return path;
}

async function evaded(set: 'tuning' | 'held-out', seed: number, folder: string): Promise<Case[]> {
  const cases: Case[] = [];
  for (const { name: evasion, padding, activity = 1, change } of EVASIONS) {
    const background = await ordinary(set, seed, activity, folder);
    for (let first = 0; first < names.length; first += TOGETHER) {
      const group = names.slice(first, first + TOGETHER).flatMap((name, i) => {
        const attack = change(attackAlone(name, set, seed, BEGINS[i]!, padding), seed);
        return attack ? [{ name, attack }] : [];
      });
      const paths = group.map(({ attack }, i) => written(attack, join(folder, `attack-${i}.pcap`)));
      const incidents = paths.length > 0 ? await incidentsOf([background, ...paths]) : [];
      for (const { name, attack } of group) {
        const hits = judge(attack.truth, incidents, MORNING);
        cases.push({ attack: name, evasion, found: hits.length > 0, loud: hits.some(isLoud) });
        if (hits.length === 0) process.stderr.write(`missed ${name} ${evasion}: ${attack.truth.note}\n`);
      }
    }
    process.stderr.write(`${evasion}: done\n`);
  }
  return cases;
}

function table(cases: readonly Case[]): void {
  const heads = EVASIONS.map(({ name }) => ` ${name} |`).join('');
  process.stdout.write(`\n| kind |${heads}\n|---|${'---|'.repeat(EVASIONS.length)}\n`);
  const kinds = [...new Set(cases.map(({ attack }) => attack.split('/')[0]!))];
  for (const kind of [...kinds, 'all']) {
    const cells = EVASIONS.map(({ name }) => {
      const of = cases.filter((c) => c.evasion === name && (kind === 'all' || c.attack.startsWith(`${kind}/`)));
      const found = of.filter((c) => c.found).length;
      if (of.length === 0) return ' – |';
      return kind === 'all' ? ` ${share(found, of.length)} |` : ` ${found}/${of.length} |`;
    });
    process.stdout.write(`| ${kind} |${cells.join('')}\n`);
  }
}

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'held-out' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const set = values.set === 'tuning' ? 'tuning' : 'held-out';
const folder = mkdtempSync(join(tmpdir(), 'sonde-evasion-'));
try {
  process.stdout.write(
    `templates: ${set}; ${HOSTS} hosts, ${HOURS} hours, ${TOGETHER} attacks a run; seed ${values.seed}\n`,
  );
  const cases = await evaded(set, Number(values.seed), folder);
  table(cases);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ set, cases }, null, 1));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
