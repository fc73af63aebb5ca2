import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMarks, wantedOfName, wantedOfRule } from '../../../src-main/keep/exports/view/marks.ts';
import { scanPackets, type HeldPacket, type ScanOptions } from '../../../src-main/keep/exports/view/scan.ts';
import { reassemble } from '../../../src-main/keep/exports/view/stream.ts';
import type { PacketKey } from '../../../src-main/keep/store/queries/packets.ts';
import { parseAddress } from '../../../src-shared/domain/network.ts';
import { arp, ethernet, frame } from '../../generator/frames.ts';
import { pcapFile } from '../../generator/write.ts';
import { CLIENT, datagram, SERVER, Talk } from '../signatures/talk.ts';

const BEGIN = 1_700_000_000;
const MAX = 1024 * 1024;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-view-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of these packets, a millisecond apart from the second `begin` on. */
function fileOf(frames: readonly Uint8Array[], snap = 65_535): string {
  const path = join(folder, `${Math.random()}.pcap`);
  const packets = frames.map((data, k) => ({
    ts: BigInt(BEGIN) * 1_000_000_000n + BigInt(k) * 1_000_000n,
    data: data.subarray(0, snap),
    wire: data.length,
  }));
  writeFileSync(path, pcapFile(packets));
  return path;
}

function keyOf(packets: number, more: Partial<PacketKey> = {}): PacketKey {
  return {
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
    packets,
    ...more,
  };
}

async function scanned(
  path: string,
  keys: readonly PacketKey[],
  bounds: Partial<Pick<ScanOptions, 'skip' | 'packets' | 'bytes' | 'arp'>> = {},
): Promise<{ held: HeldPacket[]; more: boolean }> {
  const held: HeldPacket[] = [];
  const more = await scanPackets([path], keys, {
    skip: 0,
    packets: 100,
    bytes: MAX,
    ...bounds,
    onPackets: (packets) => held.push(...packets),
    onProgress: () => undefined,
  });
  return { held, more };
}

const sent = (held: readonly HeldPacket[], fromOrig: boolean, max = MAX): string =>
  reassemble(held, max)
    .chunks.filter((chunk) => chunk.fromOrig === fromOrig)
    .map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
    .join('');

describe('reading packets again', () => {
  const talk = new Talk().open().up('hello ').up('world').down('yes').close().frames;
  const other = new Talk(80, 40_001).open().up('other').close().frames;

  it('gives those of the flow, told apart by who sent them', async () => {
    const { held, more } = await scanned(fileOf([...other, ...talk, ...other]), [keyOf(talk.length)]);
    expect(held.map(({ frame }) => frame)).toEqual(talk.map((_, i) => other.length + i + 1));
    expect(held.map(({ fromOrig }) => fromOrig)).toEqual([true, false, true, true, true, false, true, false, true]);
    expect([more, held.every(({ flow }) => flow === 7)]).toEqual([false, true]);
  });

  it('keeps to its bounds, and says that there were more', async () => {
    const path = fileOf(talk);
    const first = await scanned(path, [keyOf(talk.length)], { packets: 4 });
    expect([first.held.length, first.more]).toEqual([4, true]);
    const behind = await scanned(path, [keyOf(talk.length)], { skip: 4, packets: 100 });
    expect([behind.held[0]!.frame, behind.held.length, behind.more]).toEqual([5, talk.length - 4, false]);
    const bytes = await scanned(path, [keyOf(talk.length)], { bytes: 120 });
    expect([bytes.held.length, bytes.more]).toEqual([2, true]);
  });

  it('gives the ARP packets of whoever is named, which belong to no flow', async () => {
    const asks = (senderIp: string): Uint8Array =>
      frame(ethernet(), arp({ op: 1, senderMac: '02:00:00:00:00:01', senderIp, targetIp: '10.0.0.9' }));
    const path = fileOf([asks('10.0.0.1'), asks('10.0.0.2'), asks('10.0.0.1')]);
    const { held } = await scanned(path, [], { arp: { addresses: [parseAddress('10.0.0.1')!], cards: [] } });
    expect(held.map((packet) => [packet.frame, packet.flow])).toEqual([
      [1, null],
      [3, null],
    ]);
  });

  it('gives the ARP that a named address is told, and what a named card claims, whatever frame it is in', async () => {
    const says = (senderMac: string, senderIp: string, targetIp: string): Uint8Array =>
      frame(ethernet(), arp({ op: 2, senderMac, senderIp, targetIp }));
    const [thief, other] = ['02:00:00:00:00:66', '02:00:00:00:00:01'];
    const path = fileOf([
      says(other, '10.0.0.2', '10.0.0.3'),
      says(other, '10.0.0.2', '10.0.0.9'),
      says(thief, '10.0.0.1', '10.0.0.3'),
    ]);
    const named = { addresses: [parseAddress('10.0.0.9')!, parseAddress('fe80::1')!], cards: [0x020000000066] };
    const { held } = await scanned(path, [], { arp: named });
    expect(held.map((packet) => packet.frame)).toEqual([2, 3]);
  });

  it('finds none of a flow that was alive at another time', async () => {
    const { held } = await scanned(fileOf(talk), [keyOf(9, { sec: BEGIN + 9000 })]);
    expect(held).toEqual([]);
  });
});

describe('a stream', () => {
  it('has the bytes in order, whatever order they came in', async () => {
    const talk = new Talk().open().at(6, 'world').at(0, 'hello ').at(3, 'lo wo').frames;
    const { held } = await scanned(fileOf(talk), [keyOf(talk.length)]);
    expect(sent(held, true)).toBe('hello world');
  });

  it('says what is missing, where it was cut, and which copy of bytes is shown', async () => {
    const gap = new Talk().open().up('abc').at(10, 'xyz').frames;
    const { held } = await scanned(fileOf(gap), [keyOf(gap.length)]);
    expect(reassemble(held, MAX).chunks.map(({ from, missing }) => [from, missing])).toEqual([
      [0, 0],
      [3, 7],
    ]);
    const cut = new Talk().open().up('0123456789').frames;
    const snapped = await scanned(fileOf(cut, 58), [keyOf(cut.length)]);
    expect(sent(snapped.held, true)).toBe('0123');
    expect(reassemble(snapped.held, MAX).notes).toEqual([
      'Packets were cut when they were captured: bytes are missing.',
    ]);
    const twice = new Talk().open().at(3, 'DEF').at(3, 'xyz').at(0, 'ABC').frames;
    const differs = await scanned(fileOf(twice), [keyOf(twice.length)]);
    expect(sent(differs.held, true)).toBe('ABCDEF');
    expect(reassemble(differs.held, MAX).notes).toEqual([
      'A segment repeats bytes with another content; the first is shown.',
    ]);
  });

  it('ends at its bound', async () => {
    const talk = new Talk().open().up('0123456789').down('abcdefghij').frames;
    const { held } = await scanned(fileOf(talk), [keyOf(talk.length)]);
    expect([sent(held, true, 15), sent(held, false, 15)]).toEqual(['0123456789', 'abcde']);
    expect([reassemble(held, 15).cut, reassemble(held, 20).cut]).toEqual([true, false]);
  });

  it('of datagrams is each payload for itself', async () => {
    const frames = [datagram('one', { dport: 53 }), datagram('two', { dport: 53 })];
    const { held } = await scanned(fileOf(frames), [keyOf(2, { proto: 17, respPort: 53 })]);
    const { kind, chunks } = reassemble(held, MAX);
    expect([kind, chunks.map(({ frame, bytes }) => [frame, Buffer.from(bytes).toString()])]).toEqual([
      'datagrams',
      [
        [1, 'one'],
        [2, 'two'],
      ],
    ]);
  });
});

describe('what matched', () => {
  const chunk = (fromOrig: boolean, from: number, text: string) => ({
    fromOrig,
    frame: 1,
    from,
    bytes: Buffer.from(text, 'latin1'),
    missing: 0,
  });

  it('is found across packets, and in the direction it stands in', () => {
    const chunks = [chunk(true, 0, 'GET /EV'), chunk(false, 0, 'EVIL'), chunk(true, 7, 'IL')];
    const wanted = wantedOfRule(
      'alert tcp any any -> any any (content:"/evil"; nocase; content:"|0d 0a|"; sid:1;)',
      'rule 1',
    );
    expect(findMarks(chunks, wanted, 10)).toEqual({
      marks: [{ fromOrig: true, from: 4, to: 9, label: 'rule 1' }],
      searched: [{ label: 'rule 1', found: 1 }],
    });
  });

  it('leaves out what a rule wants to be absent, what is too short, and rules that cannot be read', () => {
    const rule = 'alert tcp any any -> any any (content:!"none"; content:"ab"; content:"abc|20|"; sid:1;)';
    expect(wantedOfRule(rule, '').map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['abc ']);
    expect([wantedOfRule('no rule', ''), wantedOfRule('alert (content:"|zz|";)', '')]).toEqual([[], []]);
  });

  it('finds names as text and as DNS writes them', () => {
    const chunks = [chunk(true, 0, '\x03www\x04evil\x03com\x00'), chunk(false, 0, 'Host: EVIL.com')];
    const { marks } = findMarks(chunks, wantedOfName('evil.com'), 10);
    expect(marks.map(({ fromOrig, from, to }) => [fromOrig, from, to])).toEqual([
      [true, 4, 13],
      [false, 6, 14],
    ]);
  });

  it('marks the last place of a run where the rule wants the end', () => {
    const rule = (end: string): string => `alert tcp any any -> any any (content:"|00 00 00|"; ${end}sid:1;)`;
    const chunks = [chunk(true, 0, 'a\0\0\0\0\0b')];
    const from = (end: string): number[] =>
      findMarks(chunks, wantedOfRule(rule(end), 'rule 1'), 10).marks.map((mark) => mark.from);
    expect([from(''), from('endswith; ')]).toEqual([[1], [3]]);
  });

  it('marks at most so many places', () => {
    const { marks, searched } = findMarks([chunk(true, 0, 'abc'.repeat(500))], wantedOfName('abc'), 20);
    expect([marks.length, searched[0]!.found]).toEqual([20, 20]);
  });
});
