/**
 * A capture that does not end does not grow: days of an office's traffic with scans in it, as fast as this machine looks
 * at them (thousands of connections a second), through the live path. Lists of what was seen of each pair of hosts fill
 * up to their bounds for long; a leak of a hundred bytes a connection shows all the same.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveTick } from '../../../src-shared/domain/live.ts';
import { CardSource } from '../../../src-main/run/pipeline/live/card-source.ts';
import { startWatch } from '../../../src-main/run/pipeline/live/session.ts';
import { loadScoringModel } from '../../../src-main/run/pipeline/model.ts';
import { Endless } from '../capture/endless.ts';
import { removeFolder, ROOT, temporaryFolder } from '../capture/network.ts';

/** In continuous integration two minutes; here long enough to see a leak of a hundred bytes a flow. */
const SECONDS = process.env['CI'] === undefined ? 40 : 120;
const WARM_FLOWS = 60_000;
/** Flows that are kept: few, so that they are full soon. */
const KEPT = 16_384;

describe('a capture without end', () => {
  let folder = '';
  let traffic = '';
  beforeAll(() => {
    folder = temporaryFolder();
    traffic = join(folder, 'office.pcap');
    const scene = ['--scenario', 'office', '--hours', '0.05', '--volume', '0.05', '--seed', '9'];
    const generator = [join(ROOT, 'test/generator/main.ts'), ...scene, '--attacks', 'port-scan:0.3', '--out', traffic];
    execFileSync(process.execPath, generator, { stdio: 'ignore' });
  });
  afterAll(() => removeFolder(folder));

  it(
    'keeps its memory, and tells every second',
    async () => {
      const engine = await Endless.open(traffic);
      const source = await CardSource.open({ open: () => Promise.resolve(engine), now: () => 0 });
      const used: { flows: number; bytes: number }[] = [];
      const onTick = ({ flows }: LiveTick): void => {
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        used.push({ flows, bytes: heapUsed + arrayBuffers });
      };
      const options = { seed: 1, model: await loadScoringModel(undefined), duration: SECONDS * 1000, flowLimit: KEPT };
      const incidents = new Set<string>();
      const control = startWatch(source, {
        ...options,
        onTick,
        onEvent: (event) => void (event.event === 'incident' && incidents.add(event.uid)),
      });
      const result = await control.done;
      result.close();
      await source.close();
      const warm = used.filter(({ flows }) => flows > WARM_FLOWS);
      const third = Math.floor(warm.length / 3);
      // What the collector has not taken away yet comes and goes: the least of a stretch is what is held.
      const held = (part: typeof warm): number => Math.min(...part.map(({ bytes }) => bytes));
      const [early, late] = [held(warm.slice(0, third)), held(warm.slice(-third))];
      const told = { ticks: used.length, flows: used.at(-1)?.flows, early, late, incidents: incidents.size };
      process.stderr.write(`${JSON.stringify(told)}\n`);
      expect(used.length).toBeGreaterThan(SECONDS / 2);
      expect(third).toBeGreaterThan(3);
      expect(incidents.size).toBeGreaterThan(0);
      expect(late / early).toBeLessThan(1.1);
    },
    SECONDS * 1000 + 60_000,
  );
});
