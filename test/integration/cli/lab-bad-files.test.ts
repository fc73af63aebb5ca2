import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as bad from '../../unit/lab/bad-files.ts';
import { MAIN, sonde } from './run.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-bad-records-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LABELLED = ['--label', 'label', '--positive', 'DoS'];

/** What `sonde evaluate` says of a file that it refuses, without the name of the folder. */
async function said(path: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sonde(['evaluate', '--train', path, '--detectors', 'mean-z2', ...args]);
  expect([code, stdout]).toEqual([3, '']);
  return stderr.replaceAll(`${folder}/`, '').trim();
}

describe('a file that nobody can learn from is refused: what is wrong, where, and what to do', () => {
  it.each<[string, string, string | Buffer, string[], string]>([
    [
      'a delimiter nobody knows',
      'colons.csv',
      bad.wrongDelimiter,
      [],
      'sonde: colons.csv: of no format that is known: its lines are not divided by commas, semicolons, tabs or bars, but, it seems, by colons. Divide it by commas; the command line also takes its delimiter in a map ({"delimiter":":"}).',
    ],
    [
      'a delimiter nobody knows, with a label',
      'colons-labelled.csv',
      bad.wrongDelimiter,
      LABELLED,
      'sonde: colons-labelled.csv: its lines are not divided by commas, semicolons, tabs or bars, but, it seems, by colons. Divide it by commas, or name its delimiter in a map: --map FILE with { "delimiter": ":" }.',
    ],
    [
      'another delimiter than the format has',
      'semicolons.txt',
      bad.kddBySemicolons,
      [],
      'sonde: semicolons.txt: of no format that is known: it is NSL-KDD divided by semicolons. Divide its fields by commas.',
    ],
    [
      'no label column',
      'no-label.csv',
      bad.noLabel,
      [],
      'sonde: no-label.csv: of no format that is known: no label column is among its columns, divided by commas (packets, bytes, proto). Add a column that says of each record whether it is an attack; or where one does, name it: --label COLUMN --positive VALUE.',
    ],
    [
      'no column of that name',
      'no-such-label.csv',
      bad.noLabel,
      LABELLED,
      'sonde: no-such-label.csv: has no column label. Divided by commas it has 3 columns: packets, bytes, proto.',
    ],
    [
      'one class only',
      'one-class.csv',
      bad.oneClass,
      LABELLED,
      'sonde: one-class.csv: there are no attacks to judge by. The label says benign (300). Name files with both ordinary records and attacks, or divide them otherwise (--split, --test).',
    ],
    [
      'binary data',
      'binary.csv',
      bad.binary,
      [],
      'sonde: binary.csv: holds binary data, not lines of text. Name a text file.',
    ],
    [
      'a quote that never closes',
      'quote.csv',
      bad.openQuote,
      LABELLED,
      `sonde: quote.csv: the quote that opens in line ${bad.OPEN_LINE} never closes. Close it, or leave quotes out; a quote inside a quoted field is doubled.`,
    ],
    [
      '10,000 columns',
      'wide.csv',
      bad.wide,
      LABELLED,
      'sonde: wide.csv: of no format that is known: it has 10,000 columns, and at most 2,000 are read. Leave out columns that say nothing.',
    ],
  ])('%s', async (_, name, content, args, words) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    expect(await said(path, ...args)).toBe(words);
  });

  it('3 GB that end in nothing but zeros: in which line they begin', async () => {
    const path = join(folder, 'hole.txt');
    const lines = bad.hugeFile(path, 1 << 20);
    expect(await said(path)).toBe(
      `sonde: hole.txt: holds binary data from line ${(lines + 1).toLocaleString('en')} on, not lines of text. ` +
        'Cut it off before that line, or fetch it again.',
    );
  });
});

it('3 GB are read in portions, told on the way, within bounds of memory, and can be stopped', async () => {
  const path = join(folder, 'huge.txt');
  bad.hugeFile(path, 0.35 * bad.GIBIBYTE);
  const child = spawn(process.execPath, [MAIN, 'evaluate', '--train', path, '--progress'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let peak: number | undefined;
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (peak !== undefined || !/huge\.txt: 10 %/.test(text)) return;
    peak = bad.peakMemory(child.pid) ?? 0;
    child.kill('SIGINT');
  });
  await once(child, 'close');
  expect(text).toMatch(/reading \S+huge\.txt: 5 % \(15\d of 3,072 MiB, [\d,]+ records\)/);
  expect(peak).toBeDefined();
  // What was read by then is a table of some 450 MB; the text itself would be as much again, the whole file ten times that.
  expect(peak!).toBeLessThan(1.25 * bad.GIBIBYTE);
}, 120_000);
