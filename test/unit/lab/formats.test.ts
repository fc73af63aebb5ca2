import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORMATS, readTable } from '../../../src-main/detect/lab/formats/registry.ts';
import { BadRecord } from '../../../src-main/detect/lab/formats/types.ts';
import type { Table } from '../../../src-main/detect/lab/formats/types.ts';
import { conn, CONN_HEADER, kdd } from './records.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-lab-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const column = (table: Table, name: string) => table.columns.find(({ spec }) => spec.name === name)!;

describe('NSL-KDD and KDD Cup 99', () => {
  it('are told apart by the difficulty behind the label', async () => {
    const nsl = await readTable([file('a.txt', `${kdd()},normal,21\n${kdd({ service: 'ftp' })},neptune,3\n`)]);
    expect(nsl).toMatchObject({ format: 'nsl-kdd', rows: 2, skippedRows: 0, kinds: ['normal', 'neptune'] });
    expect([...nsl.attack]).toEqual([0, 1]);
    expect([...nsl.kind]).toEqual([0, 1]);
    const kdd99 = await readTable([file('b.txt', `${kdd()},normal.\r\n${kdd()},smurf.\r\n`)]);
    expect(kdd99).toMatchObject({ format: 'kdd99', rows: 2, kinds: ['normal', 'smurf'] });
    expect(nsl.columns.map(({ spec }) => spec.name)).toEqual(kdd99.columns.map(({ spec }) => spec.name));
    expect(nsl.columns).toHaveLength(41);
  });

  it('keep numbers and words as they stand', async () => {
    const table = await readTable([file('c.txt', `${kdd({ src_bytes: '1379963888', serror_rate: '0.25' })},normal,1`)]);
    expect(column(table, 'src_bytes').numbers[0]).toBe(Math.fround(1379963888));
    expect(column(table, 'serror_rate').numbers[0]).toBe(0.25);
    expect(column(table, 'flag').words).toEqual(['SF']);
  });

  it('leave out what is no record, and say why and where', async () => {
    const lines = [
      `${kdd()},normal,21`,
      `${kdd({ serror_rate: '1.5' })},normal,21`,
      `${kdd({ duration: 'x' })},normal,21`,
      `${kdd({ duration: '' })},normal,21`,
      'tcp,http',
      `${kdd({ serror_rate: '-1' })},normal,21`,
    ];
    const table = await readTable([file('d.txt', lines.join('\n'))]);
    expect(table.rows).toBe(1);
    expect(table.skippedRows).toBe(5);
    expect(table.skipped).toContainEqual({ reason: 'serror_rate is not from 0 to 1', count: 2, lines: [2, 6] });
    expect(table.skipped).toContainEqual({ reason: 'duration is not a number', count: 2, lines: [3, 4] });
    expect(table.skipped).toContainEqual({ reason: 'there are not 43 fields', count: 1, lines: [5] });
  });

  it('find the same record whatever its label says', async () => {
    const table = await readTable([
      file('e.txt', `${kdd()},normal,21\n${kdd()},back,1\n${kdd({ hot: '1' })},back,1\n`),
    ]);
    expect(table.identity[0]).toBe(table.identity[1]);
    expect(table.identity[2]).not.toBe(table.identity[0]);
  });
});

describe("Zeek's conn.log", () => {
  it('is read from tabs, with what no label says left out', async () => {
    const lines = [
      ...CONN_HEADER,
      conn({ label: 'Benign' }),
      conn({ label: 'Background' }),
      conn({ label: 'Malicious' }),
    ];
    const table = await readTable([file('conn.log', `${lines.join('\n')}\n`)]);
    expect(table).toMatchObject({ format: 'zeek-conn', rows: 2, skippedRows: 1, kinds: ['normal', 'Scan'] });
    expect(table.skipped[0]).toEqual({ reason: 'labelled neither Benign nor Malicious', count: 1, lines: [5] });
    expect(table.time[0]).toBe(1655071198.444458);
    expect(column(table, 'duration').numbers[0]).toBeNaN();
    expect(column(table, 'history.S').numbers[0]).toBe(1);
    expect(column(table, 'history.h').numbers[0]).toBe(0);
    expect(column(table, 'resp_port_range').words).toEqual(['system']);
    expect(column(table, 'id.orig_h').spec.role).toBe('shortcut');
    expect(column(table, 'local_orig').spec.role).toBe('shortcut');
  });

  it('gives the same from JSON', async () => {
    const fields = CONN_HEADER[2]!.split('\t').slice(1);
    const json = (line: string): string => {
      const values = line.split('\t');
      const entries = fields.map((name, i): [string, unknown] => {
        const text = values[i]!;
        return [name, text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text];
      });
      return JSON.stringify(Object.fromEntries(entries.filter(([, value]) => value !== '-')));
    };
    const lines = [conn({ label: 'Benign' }), conn({ label: 'Malicious' })];
    const tabs = await readTable([file('t.log', [...CONN_HEADER, ...lines].join('\n'))]);
    const objects = await readTable([file('j.log', lines.map(json).join('\n'))]);
    expect(objects.format).toBe('zeek-conn');
    for (const [i, each] of objects.columns.entries()) {
      expect([...each.numbers]).toEqual([...tabs.columns[i]!.numbers]);
      expect([...each.codes].map((c) => each.words[c])).toEqual(
        [...tabs.columns[i]!.codes].map((c) => tabs.columns[i]!.words[c]),
      );
    }
  });
});

describe('logs of Zeek as others keep them', () => {
  it('may write times as dates in JSON', async () => {
    const line = (ts: string | number): string =>
      JSON.stringify({ ts, 'id.orig_h': 'a', 'id.orig_p': 1, 'id.resp_h': 'b', 'id.resp_p': 2, ...rest });
    const rest = { proto: 'tcp', conn_state: 'SF', label: 'Benign' };
    const lines = [line('2022-06-17T00:00:07.500000Z'), line(1655424007.5), line('Tuesday')];
    const table = await readTable([file('dates.log', lines.join('\n'))]);
    expect([...table.time]).toEqual([1655424007.5, 1655424007.5]);
    expect(table.skipped).toEqual([{ reason: 'ts is not a number', count: 1, lines: [3] }]);
  });

  it('may divide the last columns by blanks, as IoT-23 does', async () => {
    const header = CONN_HEADER[2]!.replace(
      '\ttunnel_parents\tlabel\tdetailedlabel',
      '\ttunnel_parents   label   detailed-label',
    );
    const line = (label: string, kind: string): string =>
      conn({ label, detailedlabel: kind }).replace(/\t([^\t]+)\t([^\t]+)\t([^\t]+)$/, '\t$1   $2   $3');
    const lines = [header, line('benign', '-'), line('Malicious', 'PartOfAHorizontalPortScan')];
    const table = await readTable([file('iot23.log', lines.join('\n'))]);
    expect(table).toMatchObject({ rows: 2, skippedRows: 0, kinds: ['normal', 'PartOfAHorizontalPortScan'] });
  });

  it('may be joined, each with its own header', async () => {
    const other = CONN_HEADER[2]!.replace('\tuid', '');
    const short = conn({ label: 'Malicious' }).replace('\tC1', '');
    const lines = [...CONN_HEADER, conn({ label: 'Benign' }), '#close\t2022', other, short];
    const table = await readTable([file('joined.log', lines.join('\n'))]);
    expect(table).toMatchObject({ rows: 2, skippedRows: 0 });
    expect(column(table, 'orig_pkts').numbers).toEqual(Float32Array.from([1, 1]));
  });
});

describe('files', () => {
  it('are read through gzip to the same table', async () => {
    const text = Array.from({ length: 3000 }, (_, i) => `${kdd({ src_bytes: String(i) })},normal,21\n`).join('');
    const plain = await readTable([file('p.txt', text)]);
    const packed = await readTable([file('p.gz', gzipSync(text))]);
    expect(packed.rows).toBe(3000);
    expect(packed.columns).toEqual(plain.columns);
    expect(packed.sha256).not.toBe(plain.sha256);
  });

  it('that are not readable say so', async () => {
    const code = (path: string, format?: string) => readTable([path], format).catch((e: { code: string }) => e.code);
    expect(await code(join(folder, 'none'))).toBe('not-found');
    expect(await code(folder)).toBe('is-a-directory');
    expect(await code(file('empty', ''))).toBe('empty-file');
    expect(await code(file('binary', Buffer.from([1, 0, 2, 10])))).toBe('read-failed');
    expect(await code(file('long', 'x'.repeat(3 << 20)))).toBe('read-failed');
    expect(await code(file('cut.gz', gzipSync(`${kdd()},normal,21\n`.repeat(99)).subarray(0, 60)))).toBe('read-failed');
    expect(await code(file('other.csv', 'a,b,c\n1,2,3\n'))).toBe('unknown-format');
    expect(await code(file('unlabelled.log', 'no,label\n'), 'kdd99')).toBe('unknown-format');
    expect(await code(file('nsl.txt', `${kdd()},normal,21\n`), 'kdd')).toBe('usage');
    const header = CONN_HEADER.join('\n');
    expect(await code(file('background.log', `${header}\n${conn({ label: 'Background' })}\n`))).toBe('too-little-data');
  });

  it('of any content are records or refused, never an error of ours', () => {
    const of = (id: string) => FORMATS.find((format) => format.id === id)!;
    const readers = [
      of('nsl-kdd').recognise([`${kdd()},normal,21`])!,
      of('zeek-conn').recognise([CONN_HEADER[2]!])!,
      of('zeek-conn').recognise([JSON.stringify(Object.fromEntries(CONN_HEADER[2]!.split('\t').map((n) => [n, 1])))])!,
    ];
    const pieces = fc.constantFrom(
      ',',
      '\t',
      '-',
      '1',
      '0.5',
      'tcp',
      'SF',
      'NaN',
      '1e999',
      '{',
      '}',
      '"',
      ':',
      '__proto__',
    );
    const line = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 90 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(line, fc.nat(2), (text, which) => {
        try {
          readers[which]!.read(text);
        } catch (error) {
          expect(error).toBeInstanceOf(BadRecord);
        }
      }),
      { numRuns: 500 },
    );
  });
});
