/** A capture that does not end holds no more the longer it lasts: two minutes of `npm run soak`. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { removeFolder, ROOT, temporaryFolder } from './network.ts';
import { soak, type SoakSample } from './soak.ts';

const SECONDS = 120;
const RATE = 50_000;
/** Bytes held for each further connection: what leaked before was 100. */
const MOST = 30;

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

const least = (part: readonly SoakSample[]): SoakSample => part.reduce((a, b) => (b.held < a.held ? b : a));

it('holds no more after two minutes at 50,000 packets a second', { timeout: SECONDS * 4000 }, async () => {
  const traffic = join(folder, 'office.pcap');
  const scene = ['--scenario', 'office', '--hours', '0.05', '--volume', '0.05', '--seed', '9'];
  const generator = [join(ROOT, 'test/generator/main.ts'), ...scene, '--attacks', 'port-scan:0.3', '--out', traffic];
  execFileSync(process.execPath, generator, { stdio: 'ignore' });
  const samples = await soak(traffic, { seconds: SECONDS, rate: RATE });
  const warm = samples.filter(({ second }) => second >= SECONDS / 2);
  expect(warm.length).toBeGreaterThan(6);
  const [early, late] = [least(warm.slice(0, warm.length / 3)), least(warm.slice(-warm.length / 3))];
  expect(late.flows - early.flows).toBeGreaterThan(10_000);
  expect((late.held - early.held) / (late.flows - early.flows)).toBeLessThan(MOST);
});
