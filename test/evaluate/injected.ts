/**
 * `npm run evaluate:injected [-- --set tuning|held-out --seeds 1,2,3 --intensities 0.1,0.3,1 --hosts 50 --days 1]`: how
 * much of what is injected into generated office traffic triage finds, by kind and intensity, and how many false alarms
 * it raises on the same kind of network without an attack. Prints the tables of docs/evaluation.md; `--json FILE` keeps
 * what each capture gave.
 *
 * Found: an incident of a kind that names the attack rightly (`ACCEPTED`) and that names one of its sources or targets,
 * while it went on. Traffic, attacks and detectors come from the same people: the figures flatter, and are only worth
 * comparing with each other.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateToFile, type CaptureSpec } from '../generator/scenario.ts';
import type { Truth } from '../generator/sim/sim.ts';
import { incidentsOf, isLoud, judge, MORNING, names, share, type Incident } from './attack-runs.ts';

/** Attacks of one capture: few, so that they do not hide each other. */
const TOGETHER = 4;
const HOSTS = 20;
const HOURS = 1.5;
const VOLUME = 0.05;

interface Case {
  attack: string;
  intensity: number;
  seed: number;
  found: boolean;
  /** At warning or above. */
  loud: boolean;
  note: string;
}

async function report(spec: CaptureSpec, folder: string): Promise<{ incidents: Incident[]; truth: Truth[] }> {
  const path = join(folder, 'capture.pcapng');
  const { truth } = await generateToFile(spec, path);
  const incidents = await incidentsOf([path]);
  rmSync(path);
  return { incidents, truth };
}

async function injected(set: 'tuning' | 'held-out', seeds: number[], intensities: number[], folder: string) {
  const cases: Case[] = [];
  for (const seed of seeds) {
    for (const intensity of intensities) {
      for (let first = 0; first < names.length; first += TOGETHER) {
        const group = names.slice(first, first + TOGETHER);
        const attacks = group.map((kind) => ({ kind, intensity }));
        const { incidents, truth } = await report(
          {
            environment: 'office',
            set,
            seed,
            hosts: HOSTS,
            hours: HOURS,
            volume: VOLUME,
            startSeconds: MORNING,
            attacks,
          },
          folder,
        );
        for (const [i, attack] of group.entries()) {
          const hits = judge(truth[i]!, incidents, MORNING);
          const entry = {
            attack,
            intensity,
            seed,
            found: hits.length > 0,
            loud: hits.some(isLoud),
            note: truth[i]!.note,
          };
          cases.push(entry);
          if (!entry.found) process.stderr.write(`missed ${attack} at ${intensity}, seed ${seed}: ${truth[i]!.note}\n`);
        }
      }
    }
  }
  return cases;
}

async function ordinary(set: 'tuning' | 'held-out', seeds: number[], hosts: number, days: number, folder: string) {
  const alarms: { seed: number; loud: Incident[] }[] = [];
  for (const seed of seeds) {
    const spec = {
      environment: 'office',
      set,
      seed: seed + 100,
      hosts,
      hours: 24 * days,
      volume: VOLUME,
      startHour: 0,
    } as const;
    const { incidents } = await report(spec, folder);
    alarms.push({ seed, loud: incidents.filter(isLoud) });
    for (const i of incidents.filter(isLoud))
      process.stderr.write(`false alarm, seed ${seed}: ${i.kind}: ${i.title}\n`);
  }
  return alarms;
}

function tables(cases: readonly Case[], intensities: readonly number[]): void {
  const head = intensities.map((i) => ` intensity ${i} |`).join('');
  process.stdout.write(`\n| kind | cases |${head} warned |\n|---|---|${'---|'.repeat(intensities.length + 1)}\n`);
  const kinds = [...new Set(cases.map(({ attack }) => attack.split('/')[0]!))];
  for (const kind of [...kinds, 'all']) {
    const of = cases.filter(({ attack }) => kind === 'all' || attack.startsWith(`${kind}/`));
    const cells = intensities.map((intensity) => {
      const at = of.filter((c) => c.intensity === intensity);
      const found = at.filter((c) => c.found).length;
      return kind === 'all' ? ` ${share(found, at.length)} |` : ` ${found}/${at.length} |`;
    });
    const loud = of.filter((c) => c.loud).length;
    process.stdout.write(`| ${kind} | ${of.length} |${cells.join('')} ${loud}/${of.length} |\n`);
  }
}

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'held-out' },
    seeds: { type: 'string', default: '1,2,3' },
    intensities: { type: 'string', default: '0.1,0.3,1' },
    hosts: { type: 'string', default: '50' },
    days: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const numbers = (text: string): number[] => text.split(',').map(Number);
const [seeds, intensities] = [numbers(values.seeds), numbers(values.intensities)];
const set = values.set === 'tuning' ? 'tuning' : 'held-out';
const folder = mkdtempSync(join(tmpdir(), 'sonde-injected-'));
try {
  const [hosts, days] = [Number(values.hosts), Number(values.days)];
  process.stdout.write(
    `templates: ${set}; ${HOSTS} hosts, ${HOURS} hours, ${TOGETHER} attacks a capture; seeds ${values.seeds}\n`,
  );
  const alarms = days > 0 ? await ordinary(set, seeds, hosts, days, folder) : [];
  for (const { seed, loud } of alarms) {
    process.stdout.write(`ordinary, ${hosts} hosts, ${days} days, seed ${seed}: ${loud.length} of warning or above\n`);
  }
  const cases = await injected(set, seeds, intensities, folder);
  tables(cases, intensities);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ set, cases, alarms }, null, 1));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
