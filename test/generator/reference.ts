/**
 * Makes `resources/models/reference.csv` from the sample capture: features of some of its flows, ordinary ones and those of
 * each attack in it, with what they are. A single flow of which not everything is known is weighed against them
 * (src-main/detect/lab/flow-record.ts).
 *
 *   node test/generator/reference.ts      some seconds; needs the sample capture
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FEATURE_IDS, FEATURES_COMMENT } from '../../src-main/detect/lab/features-file.ts';
import { writeFeatures } from '../../src-main/run/pipeline/features.ts';
import { resourcePath } from '../../src-main/run/paths.ts';

/** Rows of each, evenly spread over the hour. */
const ORDINARY = 600;
const OF_A_KIND = 40;

interface Told {
  kind: string;
  firstTs: string;
  lastTs: string;
  sources: string[];
  targets: string[];
}

interface FlowLine {
  ts: number;
  uid: string;
  'id.orig_h': string;
  'id.resp_h': string;
}

/** The kind of the incident that put the flow there; 'normal' where none did. */
function kindOf(flow: FlowLine, told: readonly Told[]): string {
  const found = told.find(
    ({ sources, targets, firstTs, lastTs }) =>
      sources.includes(flow['id.orig_h']) &&
      targets.includes(flow['id.resp_h']) &&
      flow.ts >= Date.parse(firstTs) / 1000 - 1 &&
      flow.ts <= Date.parse(lastTs) / 1000 + 1,
  );
  return found?.kind ?? 'normal';
}

function spread<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]!);
}

const folder = mkdtempSync(join(tmpdir(), 'sonde-reference-'));
try {
  const sample = resourcePath('sample', 'office-hour.pcapng.gz');
  const { incidents } = JSON.parse(readFileSync(resourcePath('sample', 'office-hour.json'), 'utf8')) as {
    incidents: Told[];
  };
  const features = join(folder, 'features.csv');
  await writeFeatures({ files: [sample], out: features, uid: true });
  const flows = join(folder, 'flows.ndjson');
  const cli = join(import.meta.dirname, '..', '..', 'src-main', 'run', 'cli', 'main.ts');
  execFileSync(process.execPath, [cli, 'triage', sample, '--no-models', '--flows', flows], { stdio: 'ignore' });
  const kinds = new Map(
    readFileSync(flows, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as FlowLine)
      .map((flow): [string, string] => [flow.uid, kindOf(flow, incidents)]),
  );
  const byKind = new Map<string, string[]>();
  for (const line of readFileSync(features, 'utf8').trim().split('\n').slice(2)) {
    const [uid = '', ...cells] = line.split(',');
    const kind = kinds.get(uid) ?? 'normal';
    byKind.set(kind, [...(byKind.get(kind) ?? []), cells.join(',')]);
  }
  const rows = [...byKind].flatMap(([kind, lines]) =>
    spread(lines, kind === 'normal' ? ORDINARY : OF_A_KIND).map((line) => `${line},${kind}`),
  );
  const target = resourcePath('models', 'reference.csv');
  writeFileSync(target, `${[FEATURES_COMMENT, [...FEATURE_IDS, 'label'].join(','), ...rows].join('\n')}\n`);
  process.stdout.write(`${target}: ${rows.length} rows, ${[...byKind.keys()].join(', ')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
