/** Sigma rules and lists of a running capture, read again when their files change. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src-main/run/cli/arguments.ts';
import { WATCH } from '../../../src-main/run/cli/commands/watch.ts';
import { WatchLists } from '../../../src-main/run/cli/watch-lists.ts';

const LOOK = 5;
const rule = (title: string): string =>
  `title: ${title}\nlogsource:\n  product: zeek\n  service: dns\ndetection:\n  s:\n    query: a.example\n  condition: s\n`;

let folder = '';
let lists: WatchLists | undefined;
const told: string[] = [];
const file = (name: string): string => join(folder, name);
const open = async (...args: string[]): Promise<WatchLists> => {
  const parsed = parseArguments(WATCH, args);
  lists = await WatchLists.open(parsed, ({ message }) => told.push(message), LOOK);
  lists.begin();
  return lists;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-watch-lists-'));
  told.length = 0;
});
afterEach(() => {
  lists?.end();
  rmSync(folder, { recursive: true, force: true });
});

describe('what a running capture is looked at by', () => {
  it('is read again when a file of Sigma rules comes into the folder', async () => {
    mkdirSync(file('sigma'));
    writeFileSync(file('sigma/a.yml'), rule('One'));
    const { chosen } = await open('--sigma', file('sigma'));
    const run = chosen.sigma!.behaviour();
    writeFileSync(file('sigma/b.yml'), rule('Two'));
    await expect.poll(() => told).toEqual(['The Sigma rules were read again: 2 rules loaded.']);
    expect(run.report().rules.loaded).toBe(2);
  });

  it('is read again when a list changes, at SIGHUP too', async () => {
    writeFileSync(file('bad.txt'), '203.0.113.9\n');
    const { chosen } = await open('--intel', file('bad.txt'));
    writeFileSync(file('bad.txt'), '203.0.113.10\n203.0.113.11\n');
    await expect.poll(() => told).toEqual(['The lists were read again: 2 indicators.']);
    expect(chosen.intel!.address(Uint32Array.of(0, 0, 0xffff, 0xcb00710a), 0)).toHaveLength(1);
    process.emit('SIGHUP', 'SIGHUP');
    if (process.platform !== 'win32') await expect.poll(() => told).toHaveLength(2);
  });

  it('stays in force where it cannot be read any more, and that is said once', async () => {
    writeFileSync(file('a.yml'), rule('One'));
    const { chosen } = await open('--sigma', file('a.yml'));
    rmSync(file('a.yml'));
    await expect.poll(() => told).toEqual([expect.stringContaining('those before stay in force')]);
    expect(chosen.sigma!.loaded).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 10 * LOOK));
    expect(told).toHaveLength(1);
  });

  it('costs nothing where nothing is named', async () => {
    expect((await open()).chosen).toEqual({});
  });
});
