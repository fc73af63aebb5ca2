import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSegment, writeSegment, type Waiting } from '../../../src-main/run/fleet/spool/segment.ts';
import { Spool } from '../../../src-main/run/fleet/spool/spool.ts';

const KIB = 1024;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const item = (n: number, bytes = KIB): Waiting => ({ stream: `s${n % 2}`, flows: n, body: Buffer.alloc(bytes, n) });

/** Everything that waits, in its order. */
function all(spool: Spool): number[] {
  const found: number[] = [];
  while (!spool.isEmpty) {
    const items = spool.peek(3);
    found.push(...items.map(({ flows }) => flows));
    spool.drop(items.length);
  }
  return found;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('a spool', () => {
  it('gives back in order what it was given, from memory and files', () => {
    const spool = new Spool({ folder, disk: 1 << 20, memory: 4 * KIB });
    for (const n of numbers(23)) spool.add(item(n));
    expect(readdirSync(folder).length).toBeGreaterThan(3);
    expect(spool.size.batches).toBe(23);
    expect(all(spool)).toEqual(numbers(23));
    expect(readdirSync(folder)).toEqual([]);
    expect(spool.size).toEqual({ batches: 0, bytes: 0 });
  });

  it('keeps its order when it is read while it is written', () => {
    const spool = new Spool({ folder, disk: 1 << 20, memory: 4 * KIB });
    const found: number[] = [];
    for (const n of numbers(60)) {
      spool.add(item(n));
      if (n % 3 !== 0) continue;
      const items = spool.peek(2);
      found.push(...items.map(({ flows }) => flows));
      spool.drop(items.length);
    }
    expect([...found, ...all(spool)]).toEqual(numbers(60));
  });

  it('has no room beyond its bounds', () => {
    const inMemory = new Spool({ disk: 1 << 20, memory: 4 * KIB });
    expect(inMemory.ceiling).toBe(4 * KIB);
    for (const n of numbers(4)) inMemory.add(item(n, KIB - 14));
    expect(inMemory.hasRoom(1)).toBe(false);
    inMemory.drop(1);
    expect(inMemory.hasRoom(KIB)).toBe(true);
    const onDisk = new Spool({ folder, disk: 16 * KIB, memory: 4 * KIB });
    let count = 0;
    while (onDisk.hasRoom(KIB)) onDisk.add(item(count++));
    expect(count).toBeGreaterThanOrEqual(15);
    expect(count).toBeLessThanOrEqual(20);
    expect(onDisk.size.bytes).toBeLessThanOrEqual(onDisk.ceiling);
  });

  it('is found again by the next process, from where the last file had not been sent', () => {
    const first = new Spool({ folder, disk: 1 << 20, memory: 4 * KIB });
    for (const n of numbers(10)) first.add(item(n));
    first.drop(first.peek(2).length);
    expect(first.close()).toBe(0);
    const second = new Spool({ folder, disk: 1 << 20, memory: 4 * KIB });
    second.add(item(10));
    // What had been sent of a file is sent again: whoever reads knows it by its sequence.
    expect(all(second)).toEqual(numbers(11));
  });

  it('says how much is lost when there is no folder', () => {
    const spool = new Spool({ disk: 0, memory: 1 << 20 });
    for (const n of numbers(3)) spool.add(item(n));
    expect(spool.close()).toBe(3);
  });

  it('passes damaged files over, counts them, and lets foreign ones be', () => {
    const first = new Spool({ folder, disk: 1 << 20, memory: 2 * KIB });
    for (const n of numbers(6)) first.add(item(n, KIB - 20));
    first.close();
    const names = readdirSync(folder).sort();
    expect(names.length).toBe(3);
    const path = join(folder, names[1]!);
    const bytes = readFileSync(path);
    bytes[20]! ^= 1;
    writeFileSync(path, bytes);
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    writeFileSync(join(folder, '000000000009.spool.new'), 'half');
    const second = new Spool({ folder, disk: 1 << 20, memory: 2 * KIB });
    expect(all(second)).toEqual([0, 1, 4, 5]);
    expect(second.damaged).toBe(1);
    expect(existsSync(join(folder, 'notes.txt'))).toBe(true);
  });

  it('goes on in memory when its folder cannot be written to any more, and says why', () => {
    const spool = new Spool({ folder: join(folder, 'in', 'it'), disk: 1 << 20, memory: 2 * KIB });
    rmSync(join(folder, 'in'), { recursive: true });
    for (const n of numbers(4)) spool.add(item(n));
    expect(spool.failure).toMatch(/ENOENT/);
    expect(spool.hasRoom(KIB)).toBe(false);
    expect(all(spool)).toEqual(numbers(4));
  });

  it('is refused where its folder is none', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => new Spool({ folder: file, disk: 1, memory: 1 })).toThrow(/--spool .*cannot be used/);
  });
});

describe('a file of waiting batches', () => {
  it('comes back as it was, and not at all with any byte changed or missing', () => {
    const items = numbers(5).map((n) => item(n, n * 7));
    const bytes = writeSegment(items);
    expect(readSegment(bytes)).toEqual(items);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 0x10;
      expect(readSegment(changed)).toBeUndefined();
      expect(readSegment(bytes.subarray(0, at))).toBeUndefined();
    }
  });
});
