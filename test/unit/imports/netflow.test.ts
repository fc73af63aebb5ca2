import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bzip2Stream } from '../../../src-main/keep/imports/bzip2.ts';
import { lz4Block } from '../../../src-main/keep/imports/lz4.ts';
import { lzoBlock } from '../../../src-main/keep/imports/lzo.ts';
import type { InputSummary } from '../../../src-main/meter/packets/types.ts';
import { concat, ip4, ip6, u16, u16le, u32, u32le, u64, u64le, u8 } from '../../generator/bytes.ts';
import { needs } from '../../setup/skip.ts';
import { codes, ends, ipfixMessage, ipfixSet, ipfixTemplate, nfFile, nfRecord, oldFile, oldMap, oldRecord, readAll, readText } from './records.ts'; // prettier-ignore

const NFDUMP = spawnSync('nfdump', ['-V']).status === 0;
let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-netflow-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const T = 1_700_000_000_000;
const tcp = nfRecord({ first: T, last: T + 1500, src: '10.0.0.5', dst: '10.0.0.9', sport: 40000, dport: 22, flags: 0x1b, packets: 10, bytes: 1520 }); // prettier-ignore
const echo = nfRecord({ first: T + 7, last: T + 7, src: 'fe80::1', dst: '2001:db8::2', dport: (128 << 8) | 0, proto: 58, bytes: 48 }); // prettier-ignore

describe('files of nfdump', () => {
  it('give times to the millisecond, both families, counts, flags and the type of ICMP', async () => {
    const { records } = await readText(at('n'), nfFile([tcp, echo]));
    expect(records.map(ends)).toEqual(['10.0.0.5:40000 > 10.0.0.9:22', 'fe80::1:128 > 2001:db8::2:129']);
    expect(records[0]).toMatchObject({ sec: T / 1000, lastSec: T / 1000 + 1, lastNano: 500_000_000, origPkts: 10 });
    expect(records[0]).toMatchObject({ origIpBytes: 1520, origFlags: 0x1b, oneWay: true, origBytes: 1520 - 520 - 8 });
    expect(records[1]).toMatchObject({ proto: 58, nano: 7_000_000 });
  });

  it('that know both directions are whole flows', async () => {
    const both = nfRecord({ first: T, last: T, src: '10.0.0.5', dst: '10.0.0.9', out: { packets: 3, bytes: 300 } });
    const [record] = (await readText(at('n'), nfFile([both]))).records;
    expect(record).toMatchObject({ oneWay: false, respPkts: 3, respIpBytes: 300 });
  });

  it('are read when their blocks are packed with zstd or LZ4', async () => {
    const literal = (bytes: Uint8Array): Uint8Array => concat(u8(0xf0), u8(bytes.length - 15), bytes);
    for (const file of [nfFile([tcp], 4, zstdCompressSync), nfFile([tcp], 3, literal)]) {
      expect((await readText(at('n'), file)).records).toHaveLength(1);
    }
  });

  it('that cannot be read say why, and how to make them readable', async () => {
    const file = nfFile([tcp]);
    for (const [place, value, words] of [
      [2, 3, 'format 3; Rewrite it'],
      [16, 9, 'packed in a way of its own'],
      [17, 1, 'encrypted'],
    ] as const) {
      const other = file.slice();
      other[place] = value;
      await expect(readText(at('n'), other)).rejects.toThrow(words);
    }
  });

  it('of big-endian machines are refused, whatever their format', async () => {
    for (const file of [nfFile([tcp]), oldFile([oldMap(0)])]) {
      const swapped = file.slice();
      for (const place of [0, 2]) [swapped[place], swapped[place + 1]] = [file[place + 1]!, file[place]!];
      await expect(readText(at('n'), swapped)).rejects.toThrow(
        'of a big-endian machine, whose numbers are the other way round',
      );
    }
  });

  it('that are cut or damaged give what is whole, with a warning', async () => {
    const file = nfFile([tcp, echo]);
    expect(codes(await readText(at('n'), file.subarray(0, file.length - 3)))).toEqual({ 'bad-record': 1 });
    const wrong = file.slice();
    wrong[40 + 12 + tcp.length + 2] = 3;
    const read = await readText(at('n'), wrong);
    expect(read.records).toHaveLength(1);
    expect(codes(read)).toEqual({ 'bad-record': 1 });
    const packed = nfFile([tcp], 1);
    expect(codes(await readText(at('n'), packed))).toEqual({ 'bad-record': 1 });
  });

  it(
    'of a few bytes that would fill the machine are read to a bound, and others have their turn',
    { timeout: 60_000 },
    async () => {
      const block = zstdCompressSync(Buffer.concat(Array.from({ length: 1 << 20 }, () => Buffer.from([2, 0, 8, 0, 0, 0, 0, 0])))); // prettier-ignore
      const one = concat(u32le(1), u32le(block.length), u16le(3), u16le(0), block);
      const file = concat(nfFile([tcp], 4, zstdCompressSync), ...Array.from({ length: 300 }, () => one));
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      try {
        const read = await readText(at('n'), file);
        expect(read.records).toHaveLength(1);
        const [{ warnings }] = read.reader.summaries() as [InputSummary];
        expect(warnings.map(({ message }) => message).join()).toContain('more than 1000 times');
        expect(turns).toBeGreaterThan(5);
        // All of it is told by its sum, and counted as read.
        expect(read.reader.progress()).toEqual({ bytes: file.length, total: file.length });
      } finally {
        clearInterval(timer);
      }
    },
  );

  it('of many blocks that hold next to nothing take little time', async () => {
    const empty = Buffer.from([0x42, 0x5a, 0x68, 0x39, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0]);
    const one = concat(u32le(0), u32le(empty.length), u16le(3), u16le(0), empty);
    const file = Buffer.concat([nfFile([], 2, () => empty), ...Array.from({ length: 50_000 }, () => one)]);
    const began = performance.now();
    expect(codes(await readText(at('n'), file))).toEqual({});
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('whose blocks cannot be told apart are not read behind that', async () => {
    const wrong = concat(nfFile([tcp]), u32le(1), u32le(0xffffffff), u16le(3), u16le(0), new Uint8Array(1 << 20));
    const read = await readText(at('n'), wrong);
    expect([read.records.length, codes(read)]).toEqual([1, { 'bad-record': 1 }]);
  });

  needs(NFDUMP, 'nfdump is not installed')('are read as nfdump itself packs and reads them', async () => {
    const many = Array.from(
      { length: 3000 },
      (_, i) =>
      nfRecord({ first: T + i, last: T + i * 2, src: `10.0.${i >> 8}.${i & 255}`, dst: '10.0.0.9', sport: i, dport: 80, packets: i + 1, bytes: 60 * (i + 1) }), // prettier-ignore
    );
    writeFileSync(at('plain'), nfFile(many));
    const expected = (await readAll([at('plain')])).records.map((one) => `${ends(one)} ${one.origPkts} ${one.lastSec}`);
    expect(expected).toHaveLength(3000);
    const listed = execFileSync('nfdump', ['-r', at('plain'), '-q', '-N', '-o', 'fmt:%sa %pkt'], { encoding: 'utf8' });
    expect(listed.trim().split('\n')).toHaveLength(3000);
    for (const packing of ['1', '2', '3']) {
      writeFileSync(at('packed'), nfFile(many));
      execFileSync('nfdump', ['-J', packing, '-r', at('packed')]);
      const { records } = await readAll([at('packed')]);
      expect(records.map((one) => `${ends(one)} ${one.origPkts} ${one.lastSec}`)).toEqual(expected);
    }
  });
});

describe('files of nfdump 1.6', () => {
  const one = oldRecord({ first: T + 123, last: T + 1456, src: '10.0.0.5', dst: '10.0.0.9', sport: 40000, dport: 22, flags: 0x1b, packets: 10, bytes: 1520 }); // prettier-ignore
  const six = oldRecord({ first: T + 200, last: T + 200, src: 'fe80::1', dst: '2001:db8::2', dport: 128 << 8, proto: 58, packets: 7, bytes: 2 ** 33, long: true }); // prettier-ignore

  it('give the same as those of 1.7', async () => {
    const { records } = await readText(at('o'), oldFile([oldMap(0), one, six]));
    expect(records.map(ends)).toEqual(['10.0.0.5:40000 > 10.0.0.9:22', 'fe80::1:128 > 2001:db8::2:129']);
    expect(records[0]).toMatchObject({ nano: 123_000_000, lastSec: T / 1000 + 1, lastNano: 456_000_000 });
    expect(records[0]).toMatchObject({ origPkts: 10, origIpBytes: 1520, origFlags: 0x1b, proto: 6, oneWay: true });
    expect(records[1]).toMatchObject({ proto: 58, origPkts: 7, origIpBytes: 2 ** 33 });
  });

  it('may have extensions, in the order of their map', async () => {
    const back = { first: T, last: T, src: '10.0.0.5', dst: '10.0.0.9', packets: 1, bytes: 60, map: 3 };
    const extended = oldRecord({ ...back, extensions: concat(u32(0), u16le(42), u16le(0), u32le(5), u64le(700n)) });
    const { records } = await readText(at('o'), oldFile([oldMap(3, 4, 13, 14, 17), extended]));
    expect(records[0]).toMatchObject({ vlan: 42, respPkts: 5, respIpBytes: 700, oneWay: false });
    const unknown = await readText(at('o'), oldFile([oldMap(3, 99, 14), extended]));
    expect(unknown.records[0]).toMatchObject({ vlan: 0, respPkts: 0 });
    expect((await readText(at('o'), oldFile([extended]))).records).toHaveLength(1);
  });

  it('that are cut or damaged give what is whole, with a warning', async () => {
    const file = oldFile([oldMap(0), one, six]);
    expect(codes(await readText(at('o'), file.subarray(0, file.length - 3)))).toEqual({ 'bad-record': 1 });
    const short = await readText(at('o'), oldFile([oldMap(0), one.slice(0, 30), six]));
    expect(codes(short)).toEqual({ 'bad-record': 1 });
    const tiny = concat(u16le(10), u16le(8), u32(0));
    const read = await readText(at('o'), oldFile([tiny, one]));
    expect([read.records.length, codes(read)]).toEqual([1, { 'bad-record': 1 }]);
  });

  // nfdump 1.7 writes no format 1: it packs the block within a file of format 2, and the packed block is put into one of format 1.
  needs(NFDUMP, 'nfdump is not installed')('are read when nfdump packed their blocks', async () => {
    const many = [oldMap(0), ...Array.from({ length: 2000 }, (_, i) => oldRecord({ first: T + i, last: T + i, src: `10.0.${i >> 8}.${i & 255}`, dst: '10.0.0.9', sport: i, dport: 80, packets: i + 1, bytes: 60 * (i + 1) }))]; // prettier-ignore
    const content = concat(...many);
    const said = async (file: Uint8Array): Promise<string[]> =>
      (await readText(at('o'), file)).records.map((r) => `${ends(r)} ${r.origPkts} ${r.origIpBytes} ${r.sec}`);
    const plain = await said(oldFile(many));
    expect(plain).toHaveLength(2000);
    for (const [packing, flag] of [
      ['1', 1],
      ['2', 8],
      ['3', 16],
    ] as const) {
      // prettier-ignore
      writeFileSync(at('block'), nfFile([content]));
      execFileSync('nfdump', ['-J', packing, '-r', at('block')]);
      const file = readFileSync(at('block'));
      const block = file.subarray(52, 52 + file.readUInt32LE(44));
      expect(block.length).toBeLessThan(content.length / 2);
      expect(await said(oldFile(many, flag, () => block))).toEqual(plain);
      const cut = await readText(
        at('o'),
        oldFile(many, flag, () => block.subarray(0, block.length - 100)),
      );
      expect(codes(cut)['bad-record']).toBeGreaterThan(0);
    }
  });
  needs(NFDUMP, 'nfdump is not installed')('are read as nfdump 1.7 reads them', async () => {
    const many = Array.from(
      { length: 500 },
      (_, i) =>
      oldRecord({ first: T + i, last: T + i * 2, src: `10.0.${i >> 8}.${i & 255}`, dst: '10.0.0.9', sport: i, dport: 80, packets: i + 1, bytes: 60 * (i + 1), map: 1, extensions: concat(u32le(i), u32le(i * 70)) }), // prettier-ignore
    );
    writeFileSync(at('old'), oldFile([oldMap(0), oldMap(1, 14, 16), ...many, six]));
    const listed = execFileSync('nfdump', ['-r', at('old'), '-q', '-N', '-6', '-o', 'fmt:%sa %sp %pkt %byt %opkt %obyt'], { encoding: 'utf8' }); // prettier-ignore
    const theirs = listed.trim().split('\n').map((line) => line.trim().split(/\s+/).join(' ')); // prettier-ignore
    const { records } = await readAll([at('old')]);
    const ours = records.map((r) => `${ends(r).split(' ')[0]!.replace(':', ' ')} ${r.origPkts} ${r.origIpBytes} ${r.respPkts} ${r.respIpBytes}`); // prettier-ignore
    expect(theirs).toHaveLength(501);
    expect(ours.filter((line) => line.startsWith('10.')).toSorted()).toEqual(
      theirs.filter((line) => line.startsWith('10.')).toSorted(),
    );
  });
});

describe('bzip2', () => {
  /** The 60 bytes that bzip2 1.0.8 makes of 'Sonde '.repeat(9) + 'x'.repeat(300). */
  const KNOWN = Buffer.from(
    'QlpoOTFBWSZTWSq0AbMAAAUTgMAgCAAGAYBAAAggADEGTEBUo0ZHIZVC4XDIZC569nxdyRThQkCq0AbM',
    'base64',
  );
  const text = 'Sonde '.repeat(9) + 'x'.repeat(300);

  it('is unpacked, its runs too', () => {
    const room = Buffer.alloc(1000);
    expect(room.subarray(0, bzip2Stream(KNOWN, room)).toString()).toBe(text);
  });

  it('that is damaged anywhere is refused, and never read for ever', () => {
    const room = Buffer.alloc(1 << 20);
    for (let bit = 0; bit < KNOWN.length * 8; bit++) {
      const damaged = Buffer.from(KNOWN);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      let got = '';
      try {
        got = room.subarray(0, bzip2Stream(damaged, room)).toString();
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        continue;
      }
      // The size of blocks, the sum of all sums and what fills the last byte do not change a single block.
      expect(got).toBe(text);
    }
    for (let length = 0; length < KNOWN.length - 10; length++)
      expect(() => bzip2Stream(KNOWN.subarray(0, length), room)).toThrow(RangeError);
    expect(() => bzip2Stream(KNOWN, Buffer.alloc(100))).toThrow(RangeError);
  });
});

describe('unpacking', () => {
  it('copies matches that run into themselves (LZ4)', () => {
    const into = new Uint8Array(64);
    // One literal, then 12 bytes from 1 back; then the last literals.
    const packed = concat(u8(0x18), u8(0x61), u8(1), u8(0), u8(0x10), u8(0x62));
    expect(Buffer.from(into.subarray(0, lz4Block(packed, into))).toString()).toBe(`${'a'.repeat(13)}b`);
  });

  it('copies literals and matches (LZO)', () => {
    const into = new Uint8Array(64);
    // 4 literals; 5 bytes from 4 back (0x80…: length 5, distance 4, no literals); end of stream.
    const packed = concat(u8(17 + 4), 'abcd', u8(((5 - 1) << 5) | (3 << 2)), u8(0), u8(0x11), u8(0), u8(0));
    expect(Buffer.from(into.subarray(0, lzoBlock(packed, into))).toString()).toBe('abcdabcda');
  });

  it('refuses what would leave its room, before it or behind it', () => {
    const into = new Uint8Array(8);
    expect(() => lz4Block(concat(u8(0xf0), u8(200), 'x'.repeat(215)), into)).toThrow(RangeError);
    expect(() => lz4Block(concat(u8(0x10), u8(1), u8(9), u8(0)), into)).toThrow(RangeError);
    expect(() => lzoBlock(concat(u8(17 + 20), 'x'.repeat(20)), into)).toThrow(RangeError);
    expect(() => lzoBlock(concat(u8(17 + 4), 'abcd', u8(0x80 | 0x1c), u8(0x7f)), into)).toThrow(RangeError);
  });
});

const FIELDS = [[8, 4], [12, 4], [7, 2], [11, 2], [4, 1], [6, 1], [2, 4], [1, 8], [152, 8], [153, 8]]; // prettier-ignore
const record = (sport: number): Uint8Array =>
  concat(ip4('10.0.0.5'), ip4('10.0.0.9'), u16(sport), u16(22), u8(6), u8(0x1b), u32(10), u64(1520n), u64(BigInt(T)), u64(BigInt(T + 1500))); // prettier-ignore

describe('IPFIX files', () => {
  it('are explained by their templates, one for each observation domain', async () => {
    const one = ipfixMessage([ipfixSet(2, ipfixTemplate(256, FIELDS)), ipfixSet(256, record(1), record(2))]);
    const other = ipfixMessage([ipfixSet(256, record(3))], 1_700_000_000, 2);
    const read = await readText(at('i'), concat(one, ipfixMessage([ipfixSet(256, record(4), u16(0))]), other));
    expect(read.records.map(({ origPort }) => origPort).toSorted((a, b) => a - b)).toEqual([1, 2, 4]);
    expect(read.records[0]).toMatchObject({ sec: T / 1000, lastNano: 500_000_000, origPkts: 10, oneWay: true, origFlags: 0x1b }); // prettier-ignore
    expect(codes(read)).toEqual({ 'missing-template': 1 });
  });

  it('may have both directions (RFC 5103), values of variable length and elements of enterprises', async () => {
    const fields = [[27, 16], [28, 16], [4, 1], [7, 2], [11, 2], [371, 0xffff], [99, 2, 12345], [2, 2], [1, 2], [2, 2, 29305], [1, 2, 29305], [150, 4], [151, 4]]; // prettier-ignore
    const name = 'x'.repeat(300);
    const data = concat(ip6('fe80::1'), ip6('fe80::2'), u8(17), u16(5000), u16(53), u8(255), u16(300), name, u16(7), u16(1), u16(68), u16(2), u16(300), u32(1_700_000_000), u32(1_700_000_003)); // prettier-ignore
    const { records } = await readText(
      at('i'),
      ipfixMessage([ipfixSet(2, ipfixTemplate(300, fields)), ipfixSet(300, data)]),
    );
    expect(records.map(ends)).toEqual(['fe80::1:5000 > fe80::2:53']);
    expect(records[0]).toMatchObject({
      oneWay: false,
      origBytes: 20,
      respPkts: 2,
      respIpBytes: 300,
      lastSec: 1_700_000_003,
    });
  });

  it('tell time in seconds, NTP fractions, or since the exporter started', async () => {
    const base = [
      [8, 4],
      [12, 4],
      [2, 1],
    ];
    const ends4 = concat(ip4('10.0.0.5'), ip4('10.0.0.9'), u8(1));
    const ntp = concat(u32(1_700_000_000 + 2_208_988_800), u32(2 ** 31));
    const ways: [number[][], Uint8Array, number][] = [
      [[[156, 8], [157, 8]], concat(ntp, ntp), 500_000_000],
      [[[160, 8], [22, 4], [21, 4]], concat(u64(BigInt(T - 5000)), u32(5250), u32(5250)), 250_000_000],
      [[[158, 4], [159, 4]], concat(u32(250_000), u32(250_000)), 750_000_000],
    ]; // prettier-ignore
    for (const [fields, data, nano] of ways) {
      const template = ipfixTemplate(256, [...base, ...fields]);
      const message = ipfixMessage([ipfixSet(2, template), ipfixSet(256, ends4, data)], 1_700_000_001);
      const [read] = (await readText(at('i'), message)).records;
      expect(read).toMatchObject({ sec: 1_700_000_000, nano });
    }
  });

  it('with options, withdrawn templates, cut sets and noise between messages lose only what is wrong', async () => {
    const options = ipfixSet(3, concat(u16(400), u16(1), u16(1), u16(149), u16(4)));
    const good = ipfixMessage([ipfixSet(2, ipfixTemplate(256, FIELDS)), options, ipfixSet(400, u32(1)), ipfixSet(256, record(1))]); // prettier-ignore
    const withdrawn = ipfixMessage([ipfixSet(2, u16(256), u16(0)), ipfixSet(256, record(2))]);
    const lying = ipfixMessage([concat(u16(256), u16(9999))]);
    const read = await readText(at('i'), concat(good, 'noise', withdrawn, lying, good.subarray(0, 40)));
    expect(read.records.map(({ origPort }) => origPort)).toEqual([1]);
    expect(codes(read)['missing-template']).toBe(1);
    expect(codes(read)['bad-record']).toBeGreaterThan(0);
  });
});
