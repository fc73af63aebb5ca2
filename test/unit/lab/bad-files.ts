/** Files that nobody can learn from, one of each kind, for tests. */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { labelledRecords } from './records.ts';

const ROWS = 300;
/** The line of `openQuote` in which the quote opens. */
export const OPEN_LINE = 102;

function rows(row: (i: number) => readonly (string | number)[], by = ','): string {
  return Array.from({ length: ROWS }, (_, i) => `${row(i).join(by)}\n`).join('');
}

const verdict = (i: number): string => (i % 3 === 0 ? 'DoS' : 'benign');

export const wrongDelimiter = `packets:bytes:label\n${rows((i) => [i % 7, i * 3, verdict(i)], ':')}`;
export const kddBySemicolons = labelledRecords(ROWS, 1).replaceAll(',', ';');
export const noLabel = `packets,bytes,proto\n${rows((i) => [i % 7, i * 3, 'tcp'])}`;
export const oneClass = `packets,bytes,label\n${rows((i) => [i % 7, i * 3, 'benign'])}`;
/** Without a single zero, by which most binary files are told. */
export const binary = Buffer.from(Array.from({ length: 40_000 }, (_, i) => 1 + ((i * i * 197 + 91) % 251)));
export const openQuote = `packets,bytes,note,label\n${rows((i) => [i % 7, i * 3, i + 2 === OPEN_LINE ? '"never' : 'x', verdict(i)])}`;
const WIDE = 10_000;
export const wide = [
  [...Array.from({ length: WIDE - 1 }, (_, i) => `c${i}`), 'label'].join(','),
  ...Array.from({ length: 40 }, (_, i) => `${'1,'.repeat(WIDE - 1)}${verdict(i)}`),
  '',
].join('\n');

export const GIBIBYTE = 2 ** 30;

/** A file of 3 GiB that takes little room on disk: so many bytes of records, then nothing but a hole. Lines of the records. */
export function hugeFile(path: string, recordBytes: number): number {
  const block = Buffer.from(`${labelledRecords(20_000, 1)}\n`);
  const file = openSync(path, 'w');
  let written = 0;
  while (written < recordBytes) written += writeSync(file, block);
  ftruncateSync(file, 3 * GIBIBYTE);
  closeSync(file);
  return (written / block.length) * 20_000;
}

/** Most memory a process ever had, bytes; undefined where the system does not say. */
export function peakMemory(pid: number | undefined): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const kib = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}
