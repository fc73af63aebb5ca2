/** Programs of flows: kept in the database, found by the filter, written to lines of flows. */
import Database from 'better-sqlite3';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../src-main/keep/store/migrate.ts';
import { storeMethods } from '../../../src-main/keep/store/methods.ts';
import { fieldValues, flowPage } from '../../../src-main/keep/store/queries/flows.ts';
import { writeFlowJson } from '../../../src-main/meter/flows/record.ts';
import { TextSink } from '../../../src-main/meter/flows/text-sink.ts';
import { makeFlowBatch } from '../../../src-main/meter/flows/types.ts';
import { flowRows } from '../../../src-main/run/api/import/keeper.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';

const CURL = { pid: 70, name: 'curl', user: 'anna' };
const SSHD = { pid: 71, name: 'sshd' };

function flows() {
  const batch = makeFlowBatch(3);
  batch.count = 3;
  batch.columns.id.set([0, 1, 2]);
  batch.columns.parent.fill(-1);
  const facts = { 'http.host': 'example.org' };
  batch.meta = [
    { service: '', app: '', facts: {}, process: CURL },
    { service: 'http', app: 'HTTP', facts, process: SSHD },
    undefined,
  ];
  return batch;
}

let db: Database.Database;
beforeEach(() => {
  db = new Database(':memory:');
  migrate(db);
  db.function('watch', () => 1);
  const methods = storeMethods(db);
  const capture = methods.beginCapture({ name: 'live', importedAt: 1, program: 'test' });
  methods.addFlows(capture, flowRows(flows(), undefined));
});
afterEach(() => void db.close());

const page = (filter: string) =>
  flowPage(db, { capture: 1, filter, sort: 'ts', descending: false, limit: 10 }).rows.map(({ process }) => process);

describe('programs of flows', () => {
  it('are kept as they were told, and absent where nothing was', () => {
    expect(page('')).toEqual([CURL, SSHD, undefined]);
    expect(db.prepare('SELECT facts FROM flows ORDER BY id').pluck().all()).toEqual([
      '',
      '{"http.host":"example.org"}',
      '',
    ]);
  });

  it.each([
    ['process == "curl"', [CURL]],
    ['process contains ss', [SSHD]],
    ['process.pid == 71', [SSHD]],
    ['process.pid > 0', [CURL, SSHD]],
    ['process == unset', [undefined]],
    ['process.pid == unset', [undefined]],
    ['process != "curl"', [SSHD, undefined]],
  ])('are found by %s', (filter, found) => expect(page(filter)).toEqual(found));

  it('are offered while a filter is typed', () => {
    expect(fieldValues(db, 1, 'process', 'cu')).toEqual([{ value: 'curl', flows: 1 }]);
  });

  it('stand in lines of flows as their schema says', () => {
    const text = readFileSync(resourcePath('schemas', 'sonde.flow-1.schema.json'), 'utf8');
    const check = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(text) as object);
    const lines = [0, 1, 2].map((row) => {
      const out = new TextSink();
      writeFlowJson(out, flows(), row);
      return JSON.parse(Buffer.from(out.bytes.subarray(0, out.length)).toString()) as Record<string, unknown>;
    });
    expect(lines.map((line) => line['process'])).toEqual([CURL, SSHD, undefined]);
    for (const line of lines) expect(check(line), JSON.stringify(check.errors)).toBe(true);
  });
});
