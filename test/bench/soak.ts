/**
 * `npm run soak [-- --seconds N --rate N|max]` (default 1800 s at 50,000 packets a second): a capture that does not end:
 * days of an office's traffic with scans in it, through the live path. What is held (heap and buffers after garbage was
 * collected, every few seconds; the least of a stretch, for what is in work comes and goes) and how late incidents are
 * told is printed each minute; it ends with 1 where what is held at the end differs by more than 5 % from what was held
 * after the first five minutes (a sixth of the time).
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { removeFolder, ROOT, temporaryFolder } from '../integration/capture/network.ts';
import { soak, type SoakSample } from '../integration/capture/soak.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '1800' }, rate: { type: 'string', default: '50000' } },
});
const seconds = Number(values.seconds);
const rate = values.rate === 'max' ? Infinity : Number(values.rate);
const MOST = 1.05;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const least = (part: readonly SoakSample[]): number => Math.min(...part.map(({ held }) => held));

const folder = temporaryFolder();
try {
  const traffic = join(folder, 'office.pcap');
  const scene = ['--scenario', 'office', '--hours', '0.05', '--volume', '0.05', '--seed', '9'];
  const generator = [join(ROOT, 'test/generator/main.ts'), ...scene, '--attacks', 'port-scan:0.3', '--out', traffic];
  execFileSync(process.execPath, generator, { stdio: 'ignore' });
  let minute: SoakSample[] = [];
  const samples = await soak(traffic, {
    seconds,
    rate,
    onSample: (sample) => {
      minute.push(sample);
      if (sample.second % 60 !== 0) return;
      const { second, packets, flows, resident } = sample;
      const late = Math.max(...minute.map((s) => s.lateMs));
      process.stdout.write(
        `${second} s: ${Math.round(packets / second).toLocaleString('en-US')} packets/s, ${flows.toLocaleString('en-US')} flows, ${megabytes(least(minute))} held, ${megabytes(resident)} resident, a batch took ${Math.round(late)} ms at most\n`,
      );
      minute = [];
    },
  });
  const warm = samples.filter(({ second }) => second >= seconds / 6);
  const part = Math.floor(warm.length / 5);
  if (part < 3) throw new Error('too short: nothing could be compared');
  const [early, late] = [least(warm.slice(0, part)), least(warm.slice(-part))];
  process.stdout.write(
    `after the warm-up ${megabytes(early)}, at the end ${megabytes(late)}: ${(late / early).toFixed(3)}\n`,
  );
  process.exitCode = late / early <= MOST ? 0 : 1;
} finally {
  removeFolder(folder);
}
