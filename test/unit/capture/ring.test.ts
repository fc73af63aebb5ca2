import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PacketRing, type RingOptions } from '../../../src-main/meter/capture/ring/ring.ts';
import { headerLengths } from '../../../src-main/meter/capture/ring/headers.ts';
import { makeDecoder } from '../../../src-main/meter/packets/decoder.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { makePacketBatch, makeSegmentBatch, type PacketBatch } from '../../../src-main/meter/packets/types.ts';
import { needs } from '../../setup/skip.ts';

const MIB = 1024 ** 2;
const canMount = process.platform === 'linux' && process.getuid?.() === 0;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sonde-ring-'))));
afterEach(() => rmSync(folder, { recursive: true }));

interface Row {
  sec: number;
  nano: number;
  wire: number;
  link: number;
  data: string;
}

/** `count` packets of `size` bytes each, a second apart from `sec` on. */
function packets(sec: number, count: number, size: number, link = 1): PacketBatch {
  const batch = makePacketBatch(new Uint8Array(size + count));
  batch.data.forEach((_, i) => (batch.data[i] = (i * 7 + sec) & 255));
  batch.count = count;
  for (let i = 0; i < count; i++) {
    batch.columns.offset[i] = i;
    batch.columns.captured[i] = size;
    batch.columns.wire[i] = size + 10;
    batch.columns.sec[i] = sec + i;
    batch.columns.nano[i] = 999_999_999 - i;
    batch.columns.link[i] = link;
  }
  return batch;
}

function rowsOf(batch: PacketBatch): Row[] {
  const { offset, captured, sec, nano, wire, link } = batch.columns;
  return Array.from({ length: batch.count }, (_, i) => ({
    sec: sec[i]!,
    nano: nano[i]!,
    wire: wire[i]!,
    link: link[i]!,
    data: Buffer.from(batch.data.subarray(offset[i], offset[i]! + captured[i]!)).toString('base64'),
  }));
}

async function read(paths: readonly string[]): Promise<{ rows: Row[]; warnings: string[] }> {
  const reader = await openCaptures(paths);
  const rows: Row[] = [];
  for (let batch = await reader.read(); batch; batch = await reader.read()) {
    rows.push(...rowsOf(batch));
    reader.release(batch);
  }
  const warnings = reader.summaries().flatMap((summary) => summary.warnings.map(({ code }) => code));
  await reader.close();
  return { rows, warnings };
}

async function make(options: Partial<RingOptions> = {}): Promise<{ ring: PacketRing; notices: string[] }> {
  const notices: string[] = [];
  const onNotice = (code: string): void => void notices.push(code);
  return { ring: await PacketRing.open({ directory: folder, program: 'test', onNotice, ...options }), notices };
}

describe('the packet ring', () => {
  it('holds exactly what it was given, of several link types', async () => {
    const { ring, notices } = await make();
    const batches = [
      packets(1_700_000_000, 100, 60),
      packets(1_700_000_100, 5, 1514, 113),
      packets(1_700_000_105, 9, 0),
    ];
    for (const batch of batches) ring.add(batch);
    await ring.close();
    const { rows, warnings } = await read(ring.filesOf(0, Infinity));
    expect(rows).toEqual(batches.flatMap(rowsOf));
    expect(warnings).toEqual([]);
    expect(notices).toEqual([]);
    expect(ring.statistics()).toMatchObject({ packets: 114, skipped: 0, files: 1, state: 'writing' });
  });

  it('keeps times exact to the nanosecond, far ones too', async () => {
    const { ring } = await make({ fileSeconds: 1e12 });
    const batches = [0, 1, 65_535, 65_536, 1_795_245_391, 4_294_967_290].map((sec) => packets(sec, 3, 10));
    for (const batch of batches) ring.add(batch);
    await ring.close();
    const { rows } = await read(ring.filesOf(0, Infinity));
    expect(rows).toEqual(batches.flatMap(rowsOf));
  });

  it('takes a packet of the largest size', async () => {
    const { ring } = await make();
    const batch = packets(1_700_000_000, 6, 262_144);
    ring.add(batch);
    await ring.close();
    expect((await read(ring.filesOf(0, Infinity))).rows).toEqual(rowsOf(batch));
  });

  it('begins a new file by time and by size, and finds the files of a stretch of time', async () => {
    const { ring } = await make({ fileSeconds: 10, fileBytes: 1 * MIB });
    ring.add(packets(1000, 25, 60));
    await ring.flushed();
    expect(ring.files().map(({ firstSec }) => firstSec)).toEqual([1000, 1010, 1020]);
    expect(ring.filesOf(1009, 1011)).toHaveLength(2);
    expect(ring.filesOf(1022, 5000)).toEqual([ring.files()[2]?.path]);
    expect(ring.filesOf(2000, 3000)).toEqual([]);
    await ring.close();
    expect((await read(ring.filesOf(0, Infinity))).rows).toHaveLength(25);
  });

  it('stays within its bytes, and loses the oldest', async () => {
    const { ring } = await make({ totalBytes: 6 * MIB, fileBytes: MIB, fileSeconds: 1e6 });
    for (let i = 0; i < 20; i++) {
      ring.add(packets(1000 + i * 1000, 500, 1400));
      await ring.flushed();
    }
    await ring.close();
    const size = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(size).toBeLessThanOrEqual(6 * MIB);
    expect(size).toBeGreaterThan(3 * MIB);
    expect(ring.statistics().bytes).toBe(size);
    const { rows, warnings } = await read(ring.filesOf(0, Infinity));
    expect(rows.at(-1)?.sec).toBe(1000 + 19 * 1000 + 499);
    expect(warnings).toEqual([]);
  });

  it('stays within its number of files, and its time', async () => {
    const { ring } = await make({ files: 3, fileSeconds: 10 });
    ring.add(packets(1000, 100, 10));
    await ring.close();
    expect(readdirSync(folder)).toHaveLength(3);
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    const timed = await make({ keepSeconds: 25, fileSeconds: 10 });
    timed.ring.add(packets(2000, 100, 10));
    await timed.ring.close();
    expect(timed.ring.files().map(({ firstSec }) => firstSec)).toEqual([2060, 2070, 2080, 2090]);
  });

  it('goes on after the files of an earlier run, which count', async () => {
    const first = await make({ fileSeconds: 10 });
    first.ring.add(packets(1000, 20, 10));
    await first.ring.close();
    writeFileSync(join(folder, 'not-ours.pcapng'), 'x');
    const second = await make({ fileSeconds: 10, files: 3 });
    expect(second.ring.statistics().files).toBe(2);
    second.ring.add(packets(2000, 20, 10));
    await second.ring.close();
    expect(second.ring.files().map(({ number }) => number)).toEqual([2, 3, 4]);
    expect(readFileSync(join(folder, 'not-ours.pcapng'), 'utf8')).toBe('x');
  });

  it('keeps clear of folders and links of such names, and of the largest number', async () => {
    mkdirSync(join(folder, 'sonde-ring-00000001-1.pcapng'));
    writeFileSync(join(folder, 'sonde-ring-00000001-1.pcapng', 'x'), 'x');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'sonde-ring-00000002-1.pcapng'));
    writeFileSync(join(folder, 'sonde-ring-99999999-1.pcapng'), '');
    const first = await make({ fileSeconds: 10, files: 2 });
    first.ring.add(packets(1000, 40, 10));
    await first.ring.close();
    const second = await make({ fileSeconds: 10, files: 2 });
    expect(second.ring.files().map(({ number }) => number)).toEqual([100_000_002, 100_000_003]);
    await second.ring.close();
  });

  it('says where no folder can be made', async () => {
    await expect(make({ directory: '/proc/sonde-ring' })).rejects.toThrow(/ENOENT|\/proc/);
  });

  it('writes through no link that waits for it', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(folder, 'sonde-ring-00000001-1000.pcapng'));
    const { ring } = await make();
    ring.add(packets(1000, 5, 10));
    await ring.close();
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });
});

describe('after a crash', () => {
  it('everything but the last second can be read without a warning', async () => {
    const { ring } = await make();
    ring.add(packets(1000, 50, 100));
    await ring.flushed();
    ring.add(packets(2000, 50, 100));
    // Not closed: the process would be gone here.
    const { rows, warnings } = await read([ring.files()[0]?.path ?? '']);
    expect(rows).toEqual(rowsOf(packets(1000, 50, 100)));
    expect(warnings).toEqual([]);
    await ring.close();
  });

  it('a tail that was cut anywhere costs only the packet it was in', async () => {
    const { ring } = await make();
    ring.add(packets(1000, 20, 100));
    await ring.close();
    const path = ring.files()[0]?.path ?? '';
    const whole = rowsOf(packets(1000, 20, 100));
    const size = statSync(path).size;
    for (let cut = 1; cut < 132; cut += 13) {
      truncateSync(path, size - cut);
      const { rows, warnings } = await read([path]);
      expect(rows).toEqual(whole.slice(0, 19));
      expect(warnings).toEqual(['cut-file']);
    }
  });
});

describe('headers only', () => {
  it('keeps every byte before the payload and none of it', () => {
    // Ethernet, IPv4, UDP 1000 > 2000 with 100 bytes; then something unknown.
    const packet = Buffer.alloc(14 + 20 + 8 + 100, 0xaa);
    packet.writeUInt16BE(0x0800, 12);
    packet.writeUInt8(0x45, 14);
    packet.writeUInt16BE(128, 16);
    packet.writeUInt32BE(0, 18);
    packet.writeUInt8(17, 23);
    packet.writeUInt16BE(1000, 34);
    packet.writeUInt16BE(2000, 36);
    packet.writeUInt16BE(108, 38);
    const batch = makePacketBatch(Buffer.concat([packet, Buffer.alloc(200, 0xbb)]));
    batch.count = 2;
    batch.columns.offset.set([0, packet.length]);
    batch.columns.captured.set([packet.length, 200]);
    batch.columns.wire.set([packet.length, 200]);
    batch.columns.link.set([1, 1]);
    const rows = makeSegmentBatch();
    makeDecoder().decode(batch, rows);
    const kept = new Uint32Array(4096);
    headerLengths(batch, rows, kept);
    expect([...kept.subarray(0, 2)]).toEqual([42, 64]);
  });

  it('is written shorter, with the length on the wire', async () => {
    const { ring } = await make();
    const batch = packets(1000, 3, 100);
    ring.add(batch, Uint32Array.of(10, 0, 500));
    await ring.close();
    const { rows } = await read(ring.filesOf(0, Infinity));
    expect(rows.map(({ data }) => Buffer.from(data, 'base64').length)).toEqual([10, 0, 100]);
    expect(rows.map(({ wire }) => wire)).toEqual([110, 110, 110]);
  });
});

describe('a full disk', () => {
  needs(canMount, 'a small file system can only be mounted by root on Linux')(
    'is said once; the ring gets smaller and goes on; every file can be read',
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]);
      try {
        const { ring, notices } = await make({ totalBytes: 64 * MIB, fileBytes: MIB, fileSeconds: 1e6 });
        for (let i = 0; i < 12; i++) {
          ring.add(packets(1000 + i * 1000, 500, 1400));
          await ring.flushed();
        }
        expect(notices[0]).toBe('ring-disk-full');
        expect(ring.statistics().skipped).toBe(0);
        await ring.close();
        const { rows, warnings } = await read(ring.filesOf(0, Infinity));
        expect(rows.at(-1)?.sec).toBe(1000 + 11 * 1000 + 499);
        expect(rows.length).toBeGreaterThan(500);
        expect(warnings).toEqual([]);
      } finally {
        execFileSync('umount', [folder]);
      }
    },
  );

  needs(canMount, 'a small file system can only be mounted by root on Linux')(
    'that others filled costs packets of the ring, which it counts, until there is room again',
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]);
      try {
        execFileSync('sh', ['-c', `head -c 3m /dev/zero > '${folder}/others' 2>/dev/null || true`]);
        const { ring, notices } = await make();
        for (let i = 0; i < 3; i++) {
          ring.add(packets(1000 + i * 1000, 500, 1400));
          await ring.flushed();
        }
        expect(notices).toEqual(['ring-disk-full']);
        expect(ring.statistics()).toMatchObject({ packets: 0, skipped: 1500, state: 'disk-full' });
        rmSync(join(folder, 'others'));
        ring.add(packets(9000, 500, 1400));
        await ring.flushed();
        await ring.close();
        expect(notices).toEqual(['ring-disk-full', 'ring-resumed']);
        const { rows, warnings } = await read(ring.filesOf(0, Infinity));
        expect(rows).toEqual(rowsOf(packets(9000, 500, 1400)));
        expect(warnings).toEqual([]);
      } finally {
        execFileSync('umount', [folder]);
      }
    },
  );
});
