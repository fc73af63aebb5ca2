/** The last packets of a card are handed out from the ring that keeps them, within the bounds of request and sensor. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDecoder } from '../../../src-main/meter/packets/decoder.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { makeSegmentBatch, PROTO, type PacketBatch, type SegmentBatch } from '../../../src-main/meter/packets/types.ts';
import { formatAddress } from '../../../src-main/meter/hosts.ts';
import { PacketAsker } from '../../../src-main/run/fleet/packets/asker.ts';
import type { Wanted } from '../../../src-main/run/fleet/packets/ask.ts';
import { HandOut } from '../../../src-main/run/fleet/sensor/hand-out.ts';
import { MemoryBroker, MemoryTransport } from '../../../src-main/run/fleet/transport/memory.ts';
import { publicText } from '../../../src-main/run/fleet/wire/keys.ts';
import { PacketKeeper } from '../../../src-main/run/pipeline/live/packet-keeper.ts';
import { office, withFile } from './wire-batches.ts';

const SLOW = 60_000;
const ALL: Wanted = { from: 0, to: 2 ** 33, sources: [], targets: [], ports: [], arp: false, cards: [] };
const [own, sensor] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
const going = { aborted: false, addEventListener: () => undefined };

let folder: string;
let handOut: HandOut | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-hand-out-'));
});
afterEach(async () => {
  await handOut?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Busiest {
  host: string;
  packets: number;
  /** Of the first of them. */
  sec: number;
}

/** The host with most packets that are no ARP; `onBatch` is given all there are. */
async function busiest(
  path: string,
  onBatch: (batch: PacketBatch, segments: SegmentBatch) => void = () => undefined,
): Promise<Busiest> {
  const all = new Map<string, Busiest>();
  const reader = await openCaptures([path], { hash: 'none' });
  const [decoder, segments] = [makeDecoder(), makeSegmentBatch()];
  for (let batch = await reader.read(); batch; batch = await reader.read()) {
    decoder.decode(batch, segments);
    onBatch(batch, segments);
    const { src, dst, proto, sec } = segments.columns;
    for (let row = 0; row < segments.count; row++) {
      if (proto[row]! === PROTO.ARP) continue;
      for (const of of [src, dst]) {
        const host = formatAddress(of.subarray(row * 4), 0);
        const known = all.get(host);
        if (known) known.packets++;
        else all.set(host, { host, packets: 1, sec: sec[row]! });
      }
    }
    reader.release(batch);
  }
  await reader.close();
  return [...all.values()].sort((x, y) => y.packets - x.packets)[0]!;
}

it(
  'of a card come from its ring, until nobody hands them out any more',
  async () => {
    const keeper = (await PacketKeeper.open({ folder: join(folder, 'ring'), mode: 'full' }, () => undefined))!;
    const { host, packets, sec } = await withFile(office(3), (path) =>
      busiest(path, (batch, segments) => keeper.add(batch, segments)),
    );
    const transport = new MemoryTransport(new MemoryBroker());
    const notices: string[] = [];
    const desks = new Map([[publicText(own.privateKey), { name: 'main', key: own.publicKey }]]);
    const most = 1 << 20;
    handOut = new HandOut(
      { desks, most, keeper },
      {
        name: 'attic',
        key: sensor.privateKey,
        transport,
        source: {},
        onNotice: (code, message) => void notices.push(`${code} ${message}`),
      },
    );
    const sensors = new Map([['attic', sensor.publicKey]]);
    const asker = new PacketAsker({
      transport,
      key: own.privateKey,
      sensors,
      isAllowed: () => undefined,
      waitMs: 5000,
    });
    const out = join(folder, 'out.pcapng');
    const fetch = (wanted: Partial<Wanted>) =>
      asker.fetch(['attic'], { ...ALL, ...wanted }, { out, comment: 'test' }, going);
    // The ring writes what came within the second.
    await expect
      .poll(
        () =>
          fetch({ sources: [host] }).then(
            (found) => found.packets,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBe(packets);
    expect(packets).toBeGreaterThan(20);
    const before = await fetch({ sources: [host], to: sec - 1 }).catch((error: Error) => error.message);
    expect(before).toBe('no sensor has packets of it');
    const nobody = await fetch({ sources: ['203.0.113.99'] }).catch((error: Error) => error.message);
    expect(nobody).toBe('no sensor has packets of it');
    expect(notices.at(-1)).toMatch(/^packets-handed-out 0 packets \(\d+ bytes\) were handed out to main\.$/);
    expect(handOut.counts().refused).toEqual({});
    await handOut.close();
    handOut = undefined;
    await expect(fetch({ sources: [host] })).rejects.toMatchObject({ message: 'sensor attic does not answer' });
  },
  SLOW,
);

it(
  'are no more than the sensor hands out at once, and it is said that there were more',
  async () => {
    await withFile(office(3, { hosts: 20 }), async (path) => {
      const transport = new MemoryTransport(new MemoryBroker());
      const desks = new Map([[publicText(own.privateKey), { name: 'main', key: own.publicKey }]]);
      const most = 1 << 16;
      expect(statSync(path).size).toBeGreaterThan(most * 2);
      const around = {
        name: 'attic',
        key: sensor.privateKey,
        transport,
        source: { files: [path] },
        onNotice: () => undefined,
      };
      handOut = new HandOut({ desks, most }, around);
      const sensors = new Map([['attic', sensor.publicKey]]);
      const asker = new PacketAsker({ transport, key: own.privateKey, sensors, isAllowed: () => true });
      const out = join(folder, 'out.pcapng');
      const { host } = await busiest(path);
      const all = await asker.fetch(['attic'], { ...ALL, sources: [host] }, { out, comment: '' }, going);
      expect(all.notes).toEqual(['Sensor attic has more than it hands out at once.']);
      expect(statSync(out).size).toBeLessThanOrEqual(most);
      expect(all.packets).toBeGreaterThan(50);
    });
  },
  SLOW,
);
