/** `sonde watch` on a virtual cable: what goes wrong is noticed, said and recovered from; what is sent is what is seen. */
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { LiveEvent, LiveIncident, LiveStats } from '../../../src-shared/domain/live.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { Cable, hasTcpreplay, pause, removeFolder, ROOT, temporaryFolder, whyNoCable } from '../capture/network.ts';
import { MAIN, sonde } from './run.ts';

const noCable = await whyNoCable();
const why = noCable || (hasTcpreplay() ? '' : 'tcpreplay, dumpcap or setcap is not installed');
/** What the brief allows, and a busy machine's share. */
const NOTICED_MS = 2500;

class Watching {
  readonly events: { event: LiveEvent; at: number }[] = [];
  readonly child: ChildProcessWithoutNullStreams;
  readonly closed: Promise<number | null>;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, 'watch', '--json', '--baselines', 'off', ...args]);
    this.closed = new Promise((resolve) => this.child.once('close', resolve));
    let rest = '';
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.events.push({ event: JSON.parse(line) as LiveEvent, at: performance.now() });
    });
    this.child.stderr.resume();
  }

  /** The first event that fits, among those from number `from` on. */
  async until(
    fits: (event: LiveEvent) => boolean,
    from = 0,
    limit = 15_000,
  ): Promise<{ event: LiveEvent; at: number }> {
    for (const began = performance.now(); performance.now() - began < limit; await pause(20)) {
      const found = this.events.slice(from).find(({ event }) => fits(event));
      if (found) return found;
    }
    throw new Error(`not within ${limit} ms; told: ${JSON.stringify(this.events.slice(-5))}`);
  }

  async notice(code: string, from = 0): Promise<{ at: number; message: string }> {
    const { event, at } = await this.until((e) => e.event === 'notice' && e.code === code, from);
    return { at, message: event.event === 'notice' ? event.message : '' };
  }

  received(): number {
    return this.stats()?.received ?? 0;
  }

  stats(): LiveStats | undefined {
    return this.events.map(({ event }) => event).findLast((event) => event.event === 'stats');
  }

  async stop(): Promise<number | null> {
    this.child.kill('SIGINT');
    return this.closed;
  }
}

suiteNeeds(why === '', why)('watch on a cable', () => {
  let cable: Cable;
  let folder: string;
  let traffic: string;
  let watching: Watching | undefined;
  beforeAll(() => {
    folder = temporaryFolder();
    traffic = join(folder, 'traffic.pcap');
    const generator = [join(ROOT, 'test/generator/main.ts'), '--packets', '20000', '--seed', '5', '--out', traffic];
    execFileSync(process.execPath, generator, { stdio: 'ignore' });
  });
  afterAll(() => removeFolder(folder));
  beforeEach(() => void (cable = new Cable('w')));
  afterEach(async () => {
    watching?.child.kill('SIGKILL');
    await watching?.closed;
    cable.remove();
  });
  const start = async (...args: string[]): Promise<Watching> => {
    watching = new Watching(['--interface', cable.name, '--no-models', ...args]);
    await watching.until((e) => e.event === 'started', 0, 30_000);
    return watching;
  };

  it('a link that goes down and up is told of within two seconds', async () => {
    const w = await start();
    await w.until((e) => e.event === 'stats');
    const down = performance.now();
    cable.set('down');
    const told = await w.notice('interface-down');
    expect(told.at - down).toBeLessThan(NOTICED_MS);
    cable.set('up');
    const up = performance.now();
    expect((await w.notice('interface-up')).at - up).toBeLessThan(NOTICED_MS);
    await cable.replay(traffic, '--mbps=50', '--limit=500');
    await pause(1500);
    expect(w.received()).toBe(500);
    expect(await w.stop()).toBe(0);
  }, 60_000);

  it('a card that is pulled out is waited for, and the capture goes on', async () => {
    const w = await start();
    await cable.replay(traffic, '--mbps=50', '--limit=500');
    await pause(1200);
    const gone = performance.now();
    cable.unplug();
    expect((await w.notice('interface-gone')).at - gone).toBeLessThan(NOTICED_MS);
    await pause(1500);
    // Time goes on meanwhile.
    const { length } = w.events;
    await w.until((e) => e.event === 'stats', length, 2000);
    cable.plug();
    const back = performance.now();
    expect((await w.notice('interface-back')).at - back).toBeLessThan(NOTICED_MS);
    await cable.replay(traffic, '--mbps=50', '--limit=700');
    await pause(1500);
    expect(w.stats()).toMatchObject({ received: 1200, droppedKernel: 0 });
    expect(await w.stop()).toBe(0);
    expect(w.events.at(-1)?.event).toMatchObject({ event: 'ended', reason: 'signal' });
  }, 60_000);

  it('a card that does not come back ends the capture, with the reason', async () => {
    const w = await start('--wait', '1');
    cable.unplug();
    // Done in part: what came until then was reported.
    expect(await w.closed).toBe(4);
    expect(w.events.some(({ event }) => event.event === 'error' && event.code === 'interface-gone')).toBe(true);
    expect(w.events.at(-1)?.event).toMatchObject({ event: 'ended', reason: 'interface-gone' });
  }, 60_000);

  it('a helper that is killed is told of and started again', async () => {
    const w = await start();
    await cable.replay(traffic, '--mbps=50', '--limit=300');
    await pause(1200);
    const helpers = execFileSync('ps', ['--ppid', String(w.child.pid), '-o', 'pid=,comm='], { encoding: 'utf8' });
    const pid = Number(/(\d+) sonde-capture/.exec(helpers)?.[1]);
    expect(pid).toBeGreaterThan(1);
    const killed = performance.now();
    process.kill(pid, 'SIGKILL');
    expect((await w.notice('helper-lost')).at - killed).toBeLessThan(NOTICED_MS);
    expect((await w.notice('capture-resumed')).at - killed).toBeLessThan(NOTICED_MS);
    await cable.replay(traffic, '--mbps=50', '--limit=400');
    await pause(1500);
    expect(w.received()).toBe(700);
    expect(await w.stop()).toBe(0);
  }, 60_000);

  it('a disk that the ring has filled is told of, and the capture goes on', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
    try {
      const w = await start('--ring', disk, '--ring-size', '64M');
      const sent = performance.now();
      await cable.replay(traffic, '--mbps=100');
      const took = performance.now() - sent;
      expect((await w.notice('ring-disk-full')).at - sent).toBeLessThan(NOTICED_MS + took);
      await pause(1500);
      expect(w.stats()).toMatchObject({ received: 20_000, droppedKernel: 0 });
      expect(await w.stop()).toBe(0);
    } finally {
      execFileSync('umount', [disk]);
    }
  }, 60_000);

  it.each(['full', 'headers'] as const)(
    'a crash leaves %s packets that can be read',
    async (mode) => {
      const ring = join(folder, `ring-${mode}`);
      const w = await start('--ring', ring, '--ring-mode', mode);
      await cable.replay(traffic, '--mbps=100', '--limit=5000');
      await pause(2500);
      expect(w.received()).toBe(5000);
      w.child.kill('SIGKILL');
      await w.closed;
      const files = readdirSync(ring).map((name) => join(ring, name));
      const reader = await openCaptures(files);
      let [packets, captured, wire] = [0, 0, 0];
      for (let batch = await reader.read(); batch; batch = await reader.read()) {
        packets += batch.count;
        for (let i = 0; i < batch.count; i++) {
          captured += batch.columns.captured[i]!;
          wire += batch.columns.wire[i]!;
        }
        reader.release(batch);
      }
      expect(reader.summaries().flatMap(({ warnings }) => warnings)).toEqual([]);
      await reader.close();
      expect(packets).toBe(5000);
      if (mode === 'full') expect(captured).toBe(wire);
      else expect(captured).toBeLessThan(wire / 3);
    },
    60_000,
  );

  it('traffic played for real gives the connections, packets, bytes and incidents of its file', async () => {
    const scene = join(folder, 'scene.pcap');
    // Half a minute of a small office with a scan in it: the same at its own speed, whatever the machine does.
    const options = [
      '--scenario',
      'office',
      '--hours',
      '0.008',
      '--seed',
      '3',
      '--attacks',
      'port-scan:1',
      '--out',
      scene,
    ];
    execFileSync(process.execPath, [join(ROOT, 'test/generator/main.ts'), ...options], { stdio: 'ignore' });
    const flows = join(folder, 'live.ndjson');
    const of = join(folder, 'file.ndjson');
    const triaged = await sonde(['triage', scene, '--causal', '--no-models', '--json', '--flows', of]);
    const report = JSON.parse(triaged.stdout) as TriageReport;
    const w = await start('--flows', flows);
    await cable.replay(scene);
    await pause(1500);
    expect(await w.stop()).toBe(0);
    expect(w.stats()?.received).toBe(report.inputs[0]?.packets);
    expect(connections(flows)).toEqual(connections(of));
    const kinds = (incidents: readonly { kind: string }[]): string[] =>
      [...new Set(incidents.map((i) => i.kind))].sort();
    const told = w.events.map(({ event }) => event).filter((e): e is LiveIncident => e.event === 'incident');
    expect(report.incidents.length).toBeGreaterThan(0);
    expect(kinds(told.filter((e) => e.state === 'closed' && !e.withdrawn))).toEqual(kinds(report.incidents));
  }, 120_000);
});

/** What does not depend on when it was: who, with whom, how much. */
function connections(path: string): string[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map(facts)
    .sort();
}

function facts(flow: Record<string, unknown>): string {
  const names = ['id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto', 'service', 'conn_state', 'history'];
  const sizes = ['orig_bytes', 'resp_bytes', 'orig_pkts', 'resp_pkts', 'orig_ip_bytes', 'resp_ip_bytes'];
  return [...names, ...sizes].map((name) => String(flow[name])).join(' ');
}
