import { setTimeout as wait } from 'node:timers/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LiveEvent, LiveTick } from '../../../src-shared/domain/live.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { Baselines } from '../../../src-main/run/pipeline/live/baseline/baselines.ts';
import { PacketKeeper } from '../../../src-main/run/pipeline/live/packet-keeper.ts';
import { replay } from '../../../src-main/run/pipeline/live/replay.ts';
import { watch, type LiveOptions } from '../../../src-main/run/pipeline/live/session.ts';
import { loadScoringModel } from '../../../src-main/run/pipeline/model.ts';
import { shortSample } from '../../setup/short-sample.ts';

const SAMPLE = shortSample();
/** All that happens in the hour. */
const HOUR = resourcePath('sample', 'office-hour.pcapng.gz');

async function eventsOf(options: Partial<LiveOptions>): Promise<LiveEvent[]> {
  const events: LiveEvent[] = [];
  const source = await replay({ files: [SAMPLE], speed: 'max' });
  try {
    const result = await watch(source, { seed: 1, flowLimit: Infinity, onEvent: (e) => events.push(e), ...options });
    result.close();
  } finally {
    await source.close();
  }
  await wait(20);
  return events;
}

describe('how long ago a packet of a replay was', () => {
  it('is what passed by the clock on the wall, however fast it is played', async () => {
    const source = await replay({ files: [SAMPLE], speed: 10_000 });
    try {
      const began = performance.now();
      await source.next();
      const [{ firstSec, firstNano } = { firstSec: 0, firstNano: 0 }] = source.summaries();
      const since = source.since(firstSec, firstNano);
      const passed = performance.now() - began;
      expect(since).toBeGreaterThan(0);
      expect(since).toBeLessThanOrEqual(passed);
    } finally {
      await source.close();
    }
  });
});

describe('the end of a session', { timeout: 60_000 }, () => {
  afterEach(() => void vi.restoreAllMocks());

  it('is told last, after what the packet ring says as it closes late', async () => {
    vi.spyOn(PacketKeeper, 'open').mockImplementation((_, onNotice) => {
      const late = {
        add: () => undefined,
        tick: () => undefined,
        close: async () => {
          await wait(100);
          onNotice('ring-disk-full', 'The disk of the packet ring is full.');
        },
      };
      return Promise.resolve(late as unknown as PacketKeeper);
    });
    const events = await eventsOf({});
    expect(events.slice(-2)).toMatchObject([
      { event: 'notice', code: 'ring-disk-full' },
      { event: 'ended', reason: 'end-of-file' },
    ]);
    expect(events.filter(({ event }) => event === 'ended')).toHaveLength(1);
  });

  it('is told, and the result is there, where the packet ring cannot be closed', async () => {
    vi.spyOn(PacketKeeper, 'open').mockImplementation(() => {
      const broken = { add: () => undefined, tick: () => undefined, close: () => Promise.reject(new Error('EIO')) };
      return Promise.resolve(broken as unknown as PacketKeeper);
    });
    const events = await eventsOf({});
    expect(events.slice(-2)).toMatchObject([{ event: 'notice', code: 'ring-failed' }, { event: 'ended' }]);
  });
});

describe('what a session learns from', { timeout: 60_000 }, () => {
  /** Flows that are left out of what is learned, of the sample in six seconds. */
  async function leftOut(options: Partial<LiveOptions>): Promise<number> {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-learned-from-'));
    const model = await loadScoringModel(undefined);
    const source = await replay({ files: [HOUR], speed: 600 });
    let out = 0;
    const observe = vi.spyOn(Baselines.prototype, 'observe').mockImplementation((flows, isSuspect) => {
      const { origHost, respHost } = flows.columns;
      for (let row = 0; row < flows.count; row++) out += isSuspect(origHost[row]!, respHost[row]!) ? 1 : 0;
    });
    try {
      const result = await watch(source, { seed: 1, model, baselines: folder, onEvent: () => undefined, ...options });
      result.close();
    } finally {
      observe.mockRestore();
      await source.close();
      rmSync(folder, { recursive: true, force: true });
    }
    return out;
  }

  it('is not what suspects do, unless somebody said that it is expected', async () => {
    expect(await leftOut({})).toBeGreaterThan(100);
    expect(await leftOut({ isExpected: () => true })).toBe(0);
  });
});

/** A pcap of so many flows of one UDP packet each, 10 ms apart. */
function manyFlows(count: number): Buffer {
  const [frame, record] = [14 + 20 + 8, 16 + 14 + 20 + 8];
  const file = Buffer.alloc(24 + count * record);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(65_535, 16);
  file.writeUInt32LE(1, 20);
  for (let i = 0; i < count; i++) {
    const at = 24 + i * record;
    file.writeUInt32LE(1_700_000_000 + Math.floor(i / 100), at);
    file.writeUInt32LE((i % 100) * 10_000, at + 4);
    file.writeUInt32LE(frame, at + 8);
    file.writeUInt32LE(frame, at + 12);
    const ip = at + 16 + 14;
    file.writeUInt16BE(0x0800, ip - 2);
    file[ip] = 0x45;
    file.writeUInt16BE(28, ip + 2);
    file[ip + 8] = 64;
    file[ip + 9] = 17;
    file.writeUInt32BE(0x0a000001 + (i % 50), ip + 12);
    file.writeUInt32BE(0x0a000101, ip + 16);
    file.writeUInt16BE(1024 + Math.floor(i / 50), ip + 20);
    file.writeUInt16BE(9999, ip + 22);
    file.writeUInt16BE(8, ip + 24);
  }
  return file;
}

describe('a session of more flows than are kept', { timeout: 120_000 }, () => {
  it('says so once, in its figures and in the notes of its report', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-many-'));
    const path = join(folder, 'many.pcap');
    writeFileSync(path, manyFlows(50_000));
    const events: LiveEvent[] = [];
    const ticks: LiveTick[] = [];
    const source = await replay({ files: [path], speed: 'max' });
    try {
      const onEvent = (event: LiveEvent): void => void events.push(event);
      const onTick = (tick: LiveTick): void => void ticks.push(tick);
      const result = await watch(source, { seed: 1, flowLimit: 16_384, onEvent, onTick });
      const notices = events.filter((event) => event.event === 'notice');
      expect(notices).toMatchObject([{ code: 'flows-forgotten' }]);
      expect(notices[0]).toMatchObject({ message: expect.stringContaining('the latest 16,384 are there') as string });
      const warnings = result.report.inputs.flatMap((input) => input.warnings);
      expect(warnings).toMatchObject([{ code: 'flows-forgotten', count: 32_768 }]);
      expect(warnings[0]?.message).toContain('the latest 17232 of 50000 flows');
      expect([...result.flows()].reduce((sum, { batch }) => sum + batch.count, 0)).toBe(17_232);
      expect(result.report.flows.count).toBe(50_000);
      expect(result.partial).toBe(false);
      result.close();
      for (const { flowsForgotten } of ticks) expect([0, 16_384, 32_768]).toContain(flowsForgotten);
    } finally {
      await source.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('says nothing of it where all are kept', async () => {
    const events = await eventsOf({ flowLimit: 16_384 });
    expect(events.filter(({ event }) => event === 'notice')).toMatchObject([{ code: 'profile' }]);
  });
});

describe('a session with more addresses than can be told apart', { timeout: 120_000 }, () => {
  it('says so once, and in the notes of its report', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-crowd-'));
    const path = join(folder, 'many.pcap');
    writeFileSync(path, manyFlows(2000));
    const events: LiveEvent[] = [];
    const source = await replay({ files: [path], speed: 'max' });
    source.meter.hosts.overflowed = 7;
    try {
      const result = await watch(source, { seed: 1, onEvent: (event) => void events.push(event) });
      expect(events.filter(({ event }) => event === 'notice')).toMatchObject([{ code: 'too-many-hosts' }]);
      const warnings = result.report.inputs.flatMap((input) => input.warnings);
      expect(warnings).toMatchObject([{ code: 'too-many-hosts', count: 7 }]);
      result.close();
    } finally {
      await source.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
