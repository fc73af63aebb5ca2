/**
 * `npm run soak [-- --seconds N]` (default 1800): a capture that does not end: days of an office's traffic with scans in
 * it, as fast as this machine looks at them (thousands of connections a second), through the live path. What is held
 * (heap and buffers after garbage was collected, every few seconds; the least of a stretch, for what is in work comes
 * and goes) is told each minute; it ends with 1 where the last third holds 5 % more than the first after the warm-up.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LiveTick } from '../../src-shared/domain/live.ts';
import { CardSource } from '../../src-main/run/pipeline/live/card-source.ts';
import { startWatch } from '../../src-main/run/pipeline/live/session.ts';
import { loadScoringModel } from '../../src-main/run/pipeline/model.ts';
import { Endless } from '../integration/capture/endless.ts';
import { removeFolder, ROOT, temporaryFolder } from '../integration/capture/network.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '1800' } } });
const SECONDS = Number(values.seconds);
const WARM_FLOWS = 60_000;
/** Flows that are kept: few, so that they are full soon. */
const KEPT = 16_384;
const MOST = 1.05;
/** Garbage is collected and what is left is measured this often, seconds. */
const MEASURED = 3;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

async function soak(folder: string): Promise<number> {
  const traffic = join(folder, 'office.pcap');
  const scene = ['--scenario', 'office', '--hours', '0.05', '--volume', '0.05', '--seed', '9'];
  const generator = [join(ROOT, 'test/generator/main.ts'), ...scene, '--attacks', 'port-scan:0.3', '--out', traffic];
  execFileSync(process.execPath, generator, { stdio: 'ignore' });
  const engine = await Endless.open(traffic);
  const source = await CardSource.open({ open: () => Promise.resolve(engine), now: () => 0 });
  const used: { flows: number; bytes: number }[] = [];
  const onTick = ({ flows, tick }: LiveTick): void => {
    if (tick % MEASURED !== 0) return;
    collect();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    used.push({ flows, bytes: heapUsed + arrayBuffers });
    if (tick % 60 !== 0) return;
    const least = Math.min(...used.slice(-60 / MEASURED).map(({ bytes }) => bytes));
    process.stdout.write(
      `${tick} s: ${flows.toLocaleString('en-US')} flows, ${megabytes(least)} held, ${megabytes(rss)} resident\n`,
    );
  };
  const model = await loadScoringModel(undefined);
  const control = startWatch(source, {
    seed: 1,
    model,
    duration: SECONDS * 1000,
    flowLimit: KEPT,
    onTick,
    onEvent: () => undefined,
  });
  const result = await control.done;
  result.close();
  await source.close();
  const warm = used.filter(({ flows }) => flows > WARM_FLOWS);
  const third = Math.floor(warm.length / 3);
  if (third < 3) throw new Error('too short: nothing could be compared');
  const held = (part: typeof warm): number => Math.min(...part.map(({ bytes }) => bytes));
  const [early, late] = [held(warm.slice(0, third)), held(warm.slice(-third))];
  process.stdout.write(
    `first third ${megabytes(early)}, last third ${megabytes(late)}: ${(late / early).toFixed(3)}\n`,
  );
  return late / early <= MOST ? 0 : 1;
}

const folder = temporaryFolder();
try {
  process.exitCode = await soak(folder);
} finally {
  removeFolder(folder);
}
