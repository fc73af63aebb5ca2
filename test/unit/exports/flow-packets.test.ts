import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flowPackets, type FlowBounds, type Page } from '../../../src-main/keep/exports/view/flow-packets.ts';
import { reassemble } from '../../../src-main/keep/exports/view/stream.ts';
import type { PacketKey } from '../../../src-main/keep/store/queries/packets.ts';
import { parseAddress } from '../../../src-shared/domain/network.ts';
import { pcapFile } from '../../generator/write.ts';
import { CLIENT, SERVER, Talk } from '../signatures/talk.ts';

const BEGIN = 1_700_000_000;
const EACH = 1000;
const ROUNDS = 40;
const WIDE: FlowBounds = { packets: 1e6, bytes: 1e9, payload: 1e9 };

/** The client says a kilobyte, then the server: packets 4 (sent), 5 (answered), 6 (sent) … */
const talk = new Talk().open();
for (let round = 0; round < ROUNDS; round++) {
  const letter = String.fromCharCode(48 + round);
  talk.up(letter.repeat(EACH)).down(letter.repeat(EACH));
}
const key: PacketKey = {
  id: 7,
  orig: parseAddress(CLIENT)!,
  resp: parseAddress(SERVER)!,
  origPort: 40_000,
  respPort: 80,
  proto: 6,
  vlan: 0,
  sec: BEGIN,
  nano: 0,
  duration: 1,
  packets: talk.frames.length,
};

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-flow-packets-'));
  path = join(folder, 'talk.pcap');
  const packets = talk.frames.map((data, k) => ({
    ts: BigInt(BEGIN) * 1_000_000_000n + BigInt(k) * 1_000_000n,
    data,
  }));
  writeFileSync(path, pcapFile(packets));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function places(page: Page, bounds: Partial<FlowBounds> = {}): Promise<[boolean, number, number]> {
  const { packets, fromBeginning } = await flowPackets([path], key, page, { ...WIDE, ...bounds });
  return [fromBeginning, packets[0]!.frame, packets.at(-1)!.frame];
}

describe('the packets of a stream', () => {
  const all = talk.frames.length;

  it('are all of the flow, whatever page is shown', async () => {
    for (const page of [
      { first: 1, last: 10 },
      { first: 5, last: 5 },
      { first: all - 1, last: all },
    ])
      expect(await places(page)).toEqual([true, 1, all]);
  });

  it('begin with the page where it lies behind what is held, and go on behind its end', async () => {
    expect(await places({ first: 31, last: 40 }, { packets: 20 })).toEqual([false, 31, 50]);
    expect(await places({ first: 31, last: 40 }, { payload: 9999 })).toEqual([false, 31, 40]);
    expect(await places({ first: all - 2, last: all }, { bytes: 5 * EACH })).toEqual([false, all - 2, all]);
  });

  it('begin with the flow where its first packets hold the page, or are the page', async () => {
    expect(await places({ first: 11, last: 20 }, { packets: 20 })).toEqual([true, 1, 20]);
    expect(await places({ first: 1, last: 40 }, { packets: 20 })).toEqual([true, 1, 20]);
  });

  it('give both sides of a page that has one', async () => {
    const { packets } = await flowPackets([path], key, { first: 34, last: 34 }, { ...WIDE, payload: 3 * EACH });
    const sides = reassemble(packets, 2 * EACH).chunks.map(({ fromOrig, bytes }) => [fromOrig, bytes.length]);
    expect(sides).toEqual([
      [true, EACH],
      [false, EACH],
    ]);
  });

  it('are none where reading is stopped before it begins', async () => {
    const { packets } = await flowPackets([path], key, { first: 1, last: 2 }, WIDE, () => true);
    expect(packets).toEqual([]);
  });
});
