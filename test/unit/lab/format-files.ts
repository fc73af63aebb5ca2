/** Files for tests of the readers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Table, TableColumn } from '../../../src-main/detect/lab/formats/types.ts';

/** Writes files to a folder of this test file's own, which goes when the tests are done. */
export function fileWriter(): (name: string, content: string | Buffer) => string {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-formats-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
}

export const column = (table: Table, name: string): TableColumn => {
  const found = table.columns.find(({ spec }) => spec.name === name);
  if (!found) throw new Error(`no column ${name} among ${table.columns.map(({ spec }) => spec.name).join(', ')}`);
  return found;
};

/** Words of a column, row by row. */
export const wordsOf = ({ codes, words }: TableColumn): string[] => [...codes].map((code) => words[code]!);

/** Names of the columns of a role. */
export const ofRole = (table: Table, role: string): string[] =>
  table.columns.filter(({ spec }) => spec.role === role).map(({ spec }) => spec.name);

/** A line of a table under a header: what is not given is `other`. */
export function lineOf(header: string, values: Record<string, string>, delimiter = ',', other = '0'): string {
  return header
    .split(delimiter)
    .map((cell) => values[cell.trim()] ?? other)
    .join(delimiter);
}
