import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkFile, isOwnLine } from '../../../src-main/keep/exports/continuous/own-lines.ts';
import { RotatingFile, type RotationLimits } from '../../../src-main/keep/exports/continuous/rotating-file.ts';
import { needs } from '../../setup/skip.ts';

let folder = '';
let path = '';
let now = 1_000_000;
/** Of the clock that nobody sets, ms. */
let steady = 0;
let told: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-rotate-'));
  path = join(folder, 'out.ndjson');
  now = 1_000_000;
  steady = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => steady);
  told = [];
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

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
      steady += 5000;
      file.append('d\n');
      expect(told).toHaveLength(1);
      rmSync(path);
      // A clock that was set back keeps nothing from being tried again.
      steady += 5000;
      now -= 3_600_000;
      file.append('e\n');
      file.close();
      expect(told[1]).toBe('again after 4');
      expect(read()).toBe('e\n');
    },
  );

  it('goes on where it cannot be put aside, says so once, and no older file goes', () => {
    const file = rotating({ maxBytes: 10 });
    for (const line of ['aaaa\n', 'bbbb\n', 'cccc\n']) file.append(line);
    // Another put it there: it is not this file's to remove.
    rmSync(`${path}.1`);
    mkdirSync(join(`${path}.1`, 'x'), { recursive: true });
    writeFileSync(`${path}.2`, 'old\n');
    const strict = new RotatingFile(path, { ...NEVER, maxBytes: 10 }, () => now, (error, lost) => told.push(error?.message ?? `again after ${lost}`), (at) => (at !== path && checkFile(at), false)); // prettier-ignore
    file.close();
    for (const line of ['dddd\n', 'eeee\n', 'ffff\n']) {
      strict.append(line);
      steady += 5000;
    }
    expect([read(), read('.2')]).toEqual(['cccc\ndddd\neeee\nffff\n', 'old\n']);
    expect([told, strict.lost]).toEqual([[expect.stringMatching(/put aside.*no regular file/)], 0]);
    rmSync(`${path}.1`, { recursive: true });
    strict.append('gggg\n');
    strict.close();
    expect([read(), read('.1').slice(0, 5), read('.2'), told[1]]).toEqual(['gggg\n', 'cccc\n', 'old\n', 'again after 0']); // prettier-ignore
  });

  it('counts what others write to it', () => {
    const file = rotating({ maxBytes: 10 });
    file.append('a\n');
    appendFileSync(path, 'another\n');
    file.append('b\n');
    file.close();
    expect([read(), read('.1')]).toEqual(['b\n', 'a\nanother\n']);
  });

  needs(process.platform === 'linux', 'written for Linux')('is read by its group, by nobody else', () => {
    const file = rotating();
    file.open();
    file.close();
    expect(statSync(path).mode & 0o137).toBe(0);
  });
});

describe('the first line of a file', () => {
  it.each([
    ['{"event":"incident","uid":"a"}', true],
    ['{"event":"flow","id.orig_h":"::1","community_id":"1:x"}', true],
    ['{"event_type":"flow","community_id":"1:x","flow":{"start":"x"}}', true],
    ['{"metadata":{"product":{"name":"Sonde"}}}', true],
    ['{"event":"incident","uid":"a"', false],
    ['{', false],
    ['{"name":"precious"}', false],
    ['{"event_type":"alert","alert":{"gid":1}}', false],
    ['{"event_type":"flow","community_id":"1:x","flow":{"start":"x","state":"new"}}', false],
    ['[]', false],
    ['null', false],
  ])('tells whose it is: %s', (line, own) => {
    expect(isOwnLine(line)).toBe(own);
  });

  it('is not looked for behind a link', () => {
    writeFileSync(path, '{"event":"incident","uid":"a"}\n');
    checkFile(path);
    symlinkSync(path, `${path}.log`);
    expect(() => checkFile(`${path}.log`)).toThrow(/link/);
  });
});
