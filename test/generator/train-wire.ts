/**
 * Makes `resources/models/fleet-wire.prior`: what a fleet's wire expects of traffic before it has seen any of a batch
 * (src-main/run/fleet/wire/model.ts). Only generated traffic goes in, and seeds that no test and no benchmark uses.
 *
 *   npm run train:wire                 about a minute
 *   npm run train:wire -- --check      also says whether the committed file came out again
 *
 * A file made anew changes the schema id: sensors and workers then need the same version.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourcePath } from '../../src-main/run/paths.ts';
import { FileRun } from '../../src-main/run/fleet/sensor/file-run.ts';
import { Gatherer } from '../../src-main/run/fleet/sensor/gather.ts';
import { BitWriter } from '../../src-main/run/fleet/wire/bit-io.ts';
import { codeBody, type BatchBody } from '../../src-main/run/fleet/wire/codec.ts';
import { emptyPrior, packPrior } from '../../src-main/run/fleet/wire/model.ts';
import { HISTORY_MAX } from '../../src-main/meter/flows/types.ts';
import { ValueCoder } from '../../src-main/run/fleet/wire/values.ts';
import { generateToFile, type CaptureSpec } from './scenario.ts';

const SNAPLEN = 1024;
const CELLS = 20;
/** A word that every batch knows is this long at most, and was in so many captures. */
const WORD_MAX = 24;
const CAPTURES_MIN = 4;

const CAPTURES: readonly CaptureSpec[] = [
  { environment: 'home', seed: 911, hosts: 4, hours: 0.25, startHour: 18, volume: 0.2 },
  { environment: 'home', seed: 912, hosts: 2, hours: 0.3, startHour: 9, volume: 0.2 },
  { environment: 'office', seed: 913, hosts: 8, hours: 0.15, startHour: 9, volume: 0.2 },
  { environment: 'office', seed: 914, hosts: 20, hours: 0.06, startHour: 14, volume: 0.1 },
  { environment: 'enterprise', seed: 915, hosts: 60, hours: 0.03, startHour: 10, volume: 0.05 },
  {
    environment: 'none',
    seed: 916,
    hours: 0.02,
    attacks: ['port-scan/syn:0.2', 'host-sweep:0.2', 'dos-flood/syn:0.02'],
  },
  {
    environment: 'none',
    seed: 917,
    hours: 0.02,
    attacks: ['dns-tunnel:0.2', 'brute-force/ssh:0.3', 'icmp-tunnel:0.2'],
  },
];

interface Batch {
  body: BatchBody;
  until: number;
}

/** Batches of two seconds of a capture, as a sensor of a quiet link sends them. */
async function batchesOf(spec: CaptureSpec, folder: string): Promise<Batch[]> {
  const path = join(folder, `${spec.seed}.pcapng`);
  await generateToFile({ ...spec, snaplen: SNAPLEN }, path);
  const batches: Batch[] = [];
  const gathering: { by?: Gatherer } = {};
  const flush = (): void => {
    const [body] = gathering.by?.flush() ?? [];
    if (body && body.rows.heads.length > 0) batches.push({ body, until: run.slicer.cell });
  };
  const run = await FileRun.open({ files: [path], speed: 'max' }, (...slice) => gathering.by?.take(...slice));
  gathering.by = new Gatherer(run.source.meter.hosts, 1, flush);
  let from = 0;
  while (await run.next()) {
    if (run.slicer.cell - from < CELLS) continue;
    flush();
    from = run.slicer.cell;
  }
  run.finish();
  flush();
  await run.source.close();
  return batches;
}

/** Texts of a batch that are words rather than somebody's name: services, facts, histories, and what messages repeat. */
function textsOf({ rows: { flows, messages } }: BatchBody): string[] {
  const texts = flows.meta.flatMap((meta) => (meta ? [meta.service, meta.app, ...Object.keys(meta.facts)] : []));
  for (let row = 0; row < flows.count; row++) {
    const at = row * HISTORY_MAX;
    const letters = flows.columns.history.subarray(at, at + flows.columns.historyLength[row]!);
    texts.push(String.fromCharCode(...letters));
  }
  const fields = messages.flatMap((message) => Object.entries(message)).filter(([name]) => name !== 'kind');
  const said = fields.map(([, value]) => value as unknown).filter((value) => typeof value === 'string');
  return [...texts, ...said];
}

function wordsOf(captures: readonly (readonly Batch[])[]): string[] {
  const counts = new Map<string, number>();
  for (const batches of captures) {
    const own = new Set(batches.flatMap(({ body }) => textsOf(body)).filter(({ length }) => length <= WORD_MAX));
    for (const text of own) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const common = [...counts].filter(([text, count]) => count >= CAPTURES_MIN && !/\d\.\d|^[0-9a-f]{8,}$/.test(text));
  return common.map(([text]) => text).sort();
}

const folder = mkdtempSync(join(tmpdir(), 'sonde-wire-'));
const target = resourcePath('models', 'fleet-wire.prior');
try {
  const captures: Batch[][] = [];
  for (const spec of CAPTURES) captures.push(await batchesOf(spec, folder));
  const words = wordsOf(captures);
  const known = emptyPrior(words);
  let [bytes, flows] = [0, 0];
  // Batches of one capture after the other would leave behind the habits of the last one.
  const longest = Math.max(...captures.map(({ length }) => length));
  for (let i = 0; i < longest; i++) {
    for (const batches of captures) {
      const batch = batches[i];
      if (!batch) continue;
      const bits = new BitWriter(known);
      codeBody(new ValueCoder(bits), { known, withPayload: false, until: batch.until, given: batch.body });
      bytes += bits.done().length;
      flows += batch.body.rows.flows.count;
    }
  }
  const packed = packPrior(known, words);
  process.stdout.write(
    `${words.length} words; ${flows} flows, ${Math.round(bytes / flows)} bytes each while learning\n`,
  );
  if (process.argv.includes('--check')) {
    const isSame = packed.equals(readFileSync(target));
    process.stdout.write(isSame ? 'The committed file came out again.\n' : 'Another file came out.\n');
    process.exitCode = isSame ? 0 : 1;
  } else writeFileSync(target, packed);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
