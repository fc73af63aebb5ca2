/**
 * Makes `resources/models/base.model` from generated ordinary traffic alone, and the record of how beside it.
 *
 *   npm run train:base                 about five minutes
 *   npm run train:base -- --check      also says whether the committed file came out again
 *
 * No real capture and no attack goes in. Same seed and tensor back end, same file. The templates of the generator's
 * held-out set are left to the tests.
 */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTrainer, type Trainer } from '../../src-main/detect/detectors/train.ts';
import { encodeModel } from '../../src-main/detect/detectors/model-file.ts';
import { openSource } from '../../src-main/run/pipeline/source.ts';
import { resourcePath } from '../../src-main/run/paths.ts';
import { generateToFile, type CaptureSpec } from './scenario.ts';

const SEED = 20261121;
const EPOCHS = 25;

/** Bytes of each packet that are written: what a header and a recognised protocol need. */
const SNAPLEN = 512;

/** Ordinary days of different networks: sizes, hours of the day, how busy they are and how much they move. */
const CAPTURES: readonly CaptureSpec[] = [
  { environment: 'office', seed: 101, hosts: 8, hours: 1, startHour: 9, volume: 0.8 },
  { environment: 'office', seed: 102, hosts: 20, hours: 1, startHour: 13, volume: 0.5 },
  { environment: 'office', seed: 103, hosts: 30, hours: 1, startHour: 16, activity: 1.5, volume: 0.2 },
  { environment: 'office', seed: 104, hosts: 12, hours: 3, startHour: 2 },
  { environment: 'home', seed: 201, hosts: 2, hours: 1, startHour: 18 },
  { environment: 'home', seed: 202, hosts: 4, hours: 4, startHour: 8, volume: 0.2 },
  { environment: 'home', seed: 203, hosts: 5, hours: 2, startHour: 20, activity: 1.5, volume: 0.15 },
  { environment: 'home', seed: 204, hosts: 1, hours: 6, startHour: 1, volume: 0.3 },
  { environment: 'enterprise', seed: 301, hosts: 80, hours: 0.5, startHour: 10, volume: 0.3 },
  { environment: 'enterprise', seed: 302, hosts: 150, hours: 0.5, startHour: 14, volume: 0.1 },
];

/** Meters one capture and hands its flows on under numbers that no other capture has. */
async function learn(trainer: Trainer, file: string, offset: number): Promise<number> {
  const source = await openSource([file], 1);
  try {
    const before = trainer.flows;
    const shift = (ids: Float64Array, count: number): void => {
      for (let i = 0; i < count; i++) ids[i]! += offset;
    };
    trainer.begin();
    for (let seen = await source.next(); seen; seen = await source.next()) {
      const { events, flows } = seen.observations;
      shift(events.columns.flow, events.count);
      shift(flows.columns.id, flows.count);
      trainer.observe(events, flows);
    }
    const rest = source.finish();
    shift(rest.flows.columns.id, rest.flows.count);
    trainer.observe(rest.events, rest.flows);
    return trainer.flows - before;
  } finally {
    await source.close();
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-base-'));
  const captures: (CaptureSpec & { packets: number; flows: number; sha256: string })[] = [];
  const trainer = createTrainer({ seed: SEED, sampleRows: 60_000 });
  try {
    for (const spec of CAPTURES) {
      const file = join(folder, `${spec.environment}-${spec.seed}.pcap`);
      const { packets } = await generateToFile({ ...spec, snaplen: SNAPLEN }, file);
      const sha256 = await hashOf(file);
      const flows = await learn(trainer, file, captures.length * 2 ** 32);
      rmSync(file);
      captures.push({ ...spec, packets, flows, sha256 });
      process.stderr.write(`${spec.environment} ${spec.seed}: ${packets} packets, ${flows} flows\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const model = await trainer.finish({
    epochs: EPOCHS,
    source: 'generated ordinary traffic: offices, homes, an enterprise',
    onProgress: (epoch, loss, validation) => {
      process.stderr.write(`epoch ${epoch}: loss ${loss.toFixed(5)}, validation ${validation.toFixed(5)}\n`);
    },
  });
  write(encodeModel(model), { description: model.description, captures });
}

function write(bytes: Buffer, recipe: object): void {
  const target = resourcePath('models', 'base.model');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const record = resourcePath('models', 'base.json');
  if (process.argv.includes('--check')) {
    const committed = createHash('sha256').update(readFileSync(target)).digest('hex');
    process.stdout.write(
      committed === sha256 ? `the same: ${sha256}\n` : `another file: ${sha256}, committed ${committed}\n`,
    );
    process.exitCode = committed === sha256 ? 0 : 1;
    return;
  }
  mkdirSync(resourcePath('models'), { recursive: true });
  writeFileSync(target, bytes);
  const made = { file: 'base.model', bytes: bytes.length, sha256, madeBy: 'npm run train:base', ...recipe };
  writeFileSync(record, `${JSON.stringify(made, null, 2)}\n`);
  process.stdout.write(`${target}: ${bytes.length} bytes, sha256 ${sha256}\n`);
}

await main();
