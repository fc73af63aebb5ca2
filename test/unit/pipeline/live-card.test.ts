/** A card as the pipeline sees it, with engines that do what tests say. */
import { describe, expect, it } from 'vitest';
import { CaptureError, type CaptureEvent, type CaptureSource } from '../../../src-main/meter/capture/types.ts';
import { makePacketBatch, type PacketBatch } from '../../../src-main/meter/packets/types.ts';
import { CardSource } from '../../../src-main/run/pipeline/live/card-source.ts';
import { startWatch } from '../../../src-main/run/pipeline/live/session.ts';
import type { LiveEvent, LiveTick } from '../../../src-shared/domain/live.ts';

/** A datagram of UDP from 10.0.0.`host` port 1000 to 10.0.0.1 port 9. */
function datagram(host: number): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes.set([
    2,
    0,
    0,
    0,
    0,
    1,
    2,
    0,
    0,
    0,
    0,
    2,
    8,
    0,
    0x45,
    0,
    0,
    46,
    0,
    0,
    0,
    0,
    64,
    17,
    0,
    0,
    10,
    0,
    0,
    host,
    10,
    0,
    0,
    1,
  ]);
  bytes.set([1000 >> 8, 1000 & 255, 0, 9, 0, 26, 0, 0], 34);
  return bytes;
}

const NOW = 1_790_000_000;

function batchOf(count: number, sec = NOW, host = 5): PacketBatch {
  const packet = datagram(host);
  const batch = makePacketBatch(packet, count);
  batch.count = count;
  for (let i = 0; i < count; i++) {
    batch.columns.captured[i] = batch.columns.wire[i] = packet.length;
    batch.columns.sec[i] = sec;
    batch.columns.nano[i] = i * 1000;
    batch.columns.link[i] = 1;
  }
  return batch;
}

const packets = (count: number, sec?: number): CaptureEvent => ({ kind: 'packets', batch: batchOf(count, sec) });
const ended = (code: 'interface-gone' | 'helper-lost' | 'bad-filter'): CaptureEvent => ({
  kind: 'end',
  reason: code === 'interface-gone' ? 'interface-gone' : 'failed',
  error: new CaptureError(code, `it is ${code}`, 'Do something.'),
});
const stopped: CaptureEvent = { kind: 'end', reason: 'stopped', error: null };

class Engine implements CaptureSource {
  readonly started = {
    interface: 'test0',
    engine: 'cap',
    link: 1,
    snaplen: 65_535,
    kernelTimestamps: false,
    detail: '',
  } as const;
  statistics = {
    received: 0,
    droppedKernel: null as number | null,
    droppedInterface: null,
    sec: NOW,
    nano: 0,
    up: true,
  };
  released = 0;
  private readonly events: CaptureEvent[];

  constructor(events: readonly CaptureEvent[], droppedKernel: number | null = 0) {
    this.events = [...events];
    this.statistics.droppedKernel = droppedKernel;
  }

  async next(): Promise<CaptureEvent | null> {
    const event = this.events.shift();
    if (event) return event;
    return new Promise(() => undefined);
  }

  release(): void {
    this.released++;
  }

  queued(): number {
    return this.events.length;
  }

  stop(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface Lived {
  events: LiveEvent[];
  ticks: LiveTick[];
  codes: string[];
}

/** Watches until the capture ends; `engines` are opened one after the other, a CaptureError among them is thrown. */
async function live(
  engines: readonly (CaptureSource | CaptureError)[],
  options: { reopenSeconds?: number; duration?: number } = {},
): Promise<Lived> {
  const [...left] = engines;
  const open = (): Promise<CaptureSource> => {
    const engine = left.length > 1 ? left.shift() : left[0];
    return engine instanceof CaptureError ? Promise.reject(engine) : Promise.resolve(engine!);
  };
  const { duration, ...rest } = options;
  const source = await CardSource.open({ open, now: () => NOW * 1000 + 50, ...rest });
  const events: LiveEvent[] = [];
  const ticks: LiveTick[] = [];
  const onEvent = (event: LiveEvent): void => void events.push(event);
  const onTick = (tick: LiveTick): void => void ticks.push(tick);
  const control = startWatch(source, { seed: 1, onEvent, onTick, ...(duration === undefined ? {} : { duration }) });
  control.mark('a remark');
  const result = await control.done;
  result.close();
  await source.close();
  const codes = events.flatMap((e) => (e.event === 'notice' || e.event === 'error' ? [e.code] : []));
  return { events, ticks, codes };
}

/** A question for example.org from 10.0.0.5, a port of its own each. */
function question(port: number, sec: number): CaptureEvent {
  const name = Buffer.from('\x07example\x03org\0', 'latin1');
  const dns = [0, port & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1];
  const bytes = new Uint8Array(42 + dns.length);
  bytes.set(datagram(5).subarray(0, 34));
  bytes[17] = bytes.length - 14;
  bytes.set([port >> 8, port & 255, 0, 53, 0, 8 + dns.length, 0, 0, ...dns], 34);
  const batch = makePacketBatch(bytes, 1);
  batch.count = 1;
  batch.columns.captured[0] = batch.columns.wire[0] = bytes.length;
  batch.columns.sec[0] = sec;
  batch.columns.link[0] = 1;
  return { kind: 'packets', batch };
}

/** Gives its events one every tenth of a second. */
class Slow extends Engine {
  override async next(): Promise<CaptureEvent | null> {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return super.next();
  }
}

describe('a machine that cannot keep up', () => {
  it('leaves out scores, then what new flows speak, counts all of it, and says so', async () => {
    // Packets of 8 seconds ago, and at the end some of now.
    const late = Array.from({ length: 25 }, (_, i) => question(2000 + i, NOW - 8));
    const source = await CardSource.open({
      open: () => Promise.resolve(new Slow([...late, stopped])),
      now: () => NOW * 1000,
    });
    const events: LiveEvent[] = [];
    const ticks: LiveTick[] = [];
    const result = await startWatch(source, {
      seed: 1,
      onEvent: (event) => void events.push(event),
      onTick: (tick) => void ticks.push(tick),
    }).done;
    const services = [...result.flows()].flatMap(({ batch }) =>
      batch.meta.slice(0, batch.count).map((m) => m?.service),
    );
    result.close();
    await source.close();
    expect(events.filter((e) => e.event === 'notice').map((e) => e.code)).toEqual(['shed', 'shed']);
    expect(ticks.at(-1)).toMatchObject({ shedLevel: 2, behindMs: 8000 });
    const { stats } = events.at(-1) as LiveEvent & { event: 'ended' };
    expect(stats).toMatchObject({ received: 25, flows: 25 });
    // The first packet showed that it is late.
    expect(stats.shed).toBe(24);
    const inspected = services.filter((service) => service === 'dns').length;
    expect(inspected).toBeGreaterThan(5);
    expect(inspected).toBeLessThan(20);
    expect(services).toHaveLength(25);
  });
});

const GONE = new CaptureError('no-interface', 'there is no interface test0', 'See: sonde interfaces');

describe('a card', () => {
  it('gives its packets, its remarks and its end', async () => {
    const { events, codes } = await live([new Engine([packets(3), packets(4), stopped])]);
    expect(codes).toEqual([]);
    expect(events.map(({ event }) => event)).toEqual(['started', 'mark', 'ended']);
    expect(events.at(-1)).toMatchObject({ reason: 'signal', stats: { received: 7, droppedKernel: 0, flows: 1 } });
  });

  it('that went away is opened again, and losses are summed over both', async () => {
    const first = new Engine([packets(3), ended('interface-gone')], 2);
    const { events, codes } = await live([first, GONE, GONE, new Engine([packets(4), stopped], 5)]);
    expect(codes).toEqual(['interface-gone', 'packets-lost', 'interface-back']);
    expect(events.at(-1)).toMatchObject({ reason: 'signal', stats: { received: 7, droppedKernel: 7 } });
    expect(first.released).toBe(1);
  });

  it('that went away is told as such each second', async () => {
    const { ticks } = await live([new Engine([packets(3), ended('interface-gone')]), GONE], { duration: 1300 });
    expect(ticks[0]).toMatchObject({ linkUp: false, received: 3, ring: null, shedLevel: 0 });
  });

  it('that stays away ends the capture', async () => {
    const { events, codes } = await live([new Engine([ended('interface-gone')]), GONE], { reopenSeconds: 0 });
    expect(codes).toEqual(['interface-gone', 'interface-gone']);
    expect(events.at(-1)).toMatchObject({ event: 'ended', reason: 'interface-gone' });
  });

  it('whose helper ends is captured on at once, until it ends too often', async () => {
    const lost = (): Engine => new Engine([packets(1), ended('helper-lost')]);
    const { events, codes } = await live([lost(), lost(), lost(), lost(), lost(), lost(), lost()]);
    const again = ['helper-lost', 'capture-resumed'];
    expect(codes).toEqual([...again, ...again, ...again, ...again, ...again, 'helper-lost']);
    expect(events.at(-1)).toMatchObject({ event: 'ended', reason: 'failed', stats: { received: 6 } });
  });

  it('is not tried again where trying cannot help', async () => {
    const { codes, events } = await live([new Engine([ended('bad-filter')])]);
    expect(codes).toEqual(['bad-filter']);
    expect(events.at(-1)).toMatchObject({ reason: 'failed' });
  });

  it('of which the engine knows no losses says so after it was opened again too', async () => {
    const { events } = await live([new Engine([ended('interface-gone')], null), new Engine([stopped], 3)]);
    expect(events.at(-1)).toMatchObject({ stats: { droppedKernel: null } });
  });
});
