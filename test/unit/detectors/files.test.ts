import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { unpackContainer, type ContainerKind } from '../../../src-main/detect/detectors/container.ts';
import { Tally } from '../../../src-main/detect/lab/formats/builder.ts';
import { writeWhole } from '../../../src-main/detect/whole-file.ts';
import { needs } from '../../setup/skip.ts';

const folder = mkdtempSync(join(tmpdir(), 'sonde-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file that is there whole or not at all', () => {
  const at = (name: string): string => join(folder, name);

  it('stays as it was where writing fails, and nothing lies beside it', async () => {
    writeFileSync(at('a'), 'before');
    const failing = writeWhole(at('a'), async (file) => {
      await file.writeFile('half');
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(readFileSync(at('a'), 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  needs(process.platform !== 'win32', 'written for Linux')(
    'is written where a link leads, and takes no device’s place',
    async () => {
      symlinkSync(at('a'), at('link'));
      await writeWhole(at('link'), (file) => file.writeFile('after'));
      expect(readFileSync(at('a'), 'utf8')).toBe('after');
      expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
      symlinkSync('/dev/null', at('nothing'));
      await writeWhole(at('nothing'), (file) => file.writeFile('gone'));
      expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
      expect(lstatSync(at('nothing')).isSymbolicLink()).toBe(true);
    },
  );
});

describe('the head of a model file', () => {
  const KIND: ContainerKind = { magic: 'SONDEXXX', version: 1, name: 'a model', cure: 'Train one.' };

  function file(head: string): Buffer {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(Buffer.byteLength(head));
    const body = gzipSync(Buffer.concat([length, Buffer.from(head)]));
    const version = Buffer.alloc(4);
    version.writeUInt32LE(1);
    return Buffer.concat([Buffer.from(KIND.magic), version, createHash('sha256').update(body).digest(), body]);
  }

  it('is read', () => {
    expect(unpackContainer(KIND, file('{"description":7,"parts":[]}'), ({ description }) => description)).toBe(7);
  });

  it('is refused unread where it is larger than any model has', () => {
    const bomb = file(`{"description":[${'{},'.repeat(6_000_000)}{}],"parts":[]}`);
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => unpackContainer(KIND, bomb, () => 0)).toThrow('its head is larger than any model has');
  });
});

describe('reasons why lines are no records', () => {
  it('are told one by one as far as a person reads, the others together', () => {
    const tally = new Tally();
    for (let i = 0; i < 500; i++) tally.add(`reason ${i}`, i + 1);
    tally.add('reason 3', 501);
    const all = tally.all();
    expect(all).toHaveLength(51);
    expect(all[0]).toMatchObject({ reason: 'other reasons', count: 450 });
    expect(all[1]).toMatchObject({ reason: 'reason 3', count: 2, lines: [4, 501] });
  });
});
