import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RotatingFile, type RotationLimits } from '../../../src-main/keep/exports/continuous/rotating-file.ts';
import { needs } from '../../setup/skip.ts';

let folder = '';
let path = '';
let now = 1_000_000;
let told: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-rotate-'));
  path = join(folder, 'out.ndjson');
  now = 1_000_000;
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NEVER: RotationLimits = { maxBytes: Infinity, maxSeconds: Infinity, files: 3 };
const rotating = (limits: Partial<RotationLimits> = {}): RotatingFile =>
  new RotatingFile(path, { ...NEVER, ...limits }, () => now, (error, lost) => told.push(error ? error.message : `again after ${lost}`)); // prettier-ignore
const read = (suffix = ''): string => readFileSync(path + suffix, 'utf8');

describe('a file that rotates', () => {
  it('goes on where it is there already, and mends half a line that a killed program left', () => {
    writeFileSync(path, 'one\ntw');
    const file = rotating();
    file.append('three\n');
    file.close();
    expect(read()).toBe('one\ntw\nthree\n');
  });

  it('is put aside before it grows too large; a bounded number is kept', () => {
    const file = rotating({ maxBytes: 10 });
    for (const line of ['aaaa\n', 'bbbb\n', 'cccc\n', 'dddd\n', 'eeee\n', 'ffff\n', 'gggg\n', 'hhhh\n', 'iiii\n']) file.append(line); // prettier-ignore
    file.close();
    expect([read(), read('.1'), read('.2')]).toEqual(['iiii\n', 'gggg\nhhhh\n', 'eeee\nffff\n']);
    expect(existsSync(`${path}.3`)).toBe(false);
  });

  it('takes one line that is larger than a file may be', () => {
    const file = rotating({ maxBytes: 10 });
    file.append('a\n');
    file.append(`${'b'.repeat(50)}\n`);
    file.append('c\n');
    file.close();
    expect([read(), read('.1').length, read('.2')]).toEqual(['c\n', 51, 'a\n']);
  });

  it('is put aside when it is too old', () => {
    const file = rotating({ maxSeconds: 60 });
    file.append('a\n');
    now += 59_999;
    file.append('b\n');
    now += 1;
    file.append('c\n');
    file.close();
    expect([read(), read('.1')]).toEqual(['c\n', 'a\nb\n']);
  });

  it('of which one is kept is begun anew', () => {
    const file = rotating({ maxBytes: 4, files: 1 });
    file.append('aaa\n');
    file.append('bbb\n');
    file.close();
    expect(read()).toBe('bbb\n');
    expect(existsSync(`${path}.1`)).toBe(false);
  });

  needs(existsSync('/dev/full'), 'written for Linux')(
    'says that the disk is full once, goes on, and says what was lost',
    () => {
      symlinkSync('/dev/full', path);
      const file = rotating();
      file.append('a\n');
      file.append('b\nc\n', 2);
      expect(told).toHaveLength(1);
      expect(told[0]).toContain('ENOSPC');
      now += 5000;
      file.append('d\n');
      expect(told).toHaveLength(1);
      rmSync(path);
      now += 5000;
      file.append('e\n');
      file.close();
      expect(told[1]).toBe('again after 4');
      expect(read()).toBe('e\n');
    },
  );
});
