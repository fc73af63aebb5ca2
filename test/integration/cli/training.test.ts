/** What `train --records`, `score` and `evaluate` are told: how any CSV is read, parameters, the search, classes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellsOf } from '../../../src-main/detect/lab/delimited.ts';
import type { EvaluationReport } from '../../../src-main/detect/lab/report.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { labelledRecords } from '../../unit/lab/records.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { sonde } from './run.ts';

let folder = '';
const file = (name: string): string => join(folder, name);

/** Semicolons, words of its own, a column of addresses; an attack where `verdict` is DoS or Scan. */
function flows(rows: number, seed: number, label: (attack: string | undefined) => string[]): string {
  const random = randomSource(seed, 2);
  return Array.from({ length: rows }, (_, i) => {
    const attack = i % 4 === 0 ? (i % 8 === 0 ? 'DoS' : 'Scan') : undefined;
    const bytes =
      attack === 'DoS' ? 50_000 + random() * 9000 : attack === 'Scan' ? random() * 40 : 500 + random() * 4000;
    const service = attack === 'Scan' ? 'none' : ['web', 'mail'][i % 2]!;
    return [`10.0.0.${i % 250}`, service, String(Math.round(bytes)), (random() * 9).toFixed(3), ...label(attack)].join(
      ';',
    );
  }).join('\n');
}
const HEADER = 'client;service;bytes;seconds';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-training-'));
  writeFileSync(file('train.csv'), `${HEADER};verdict\n${flows(1200, 1, (attack) => [attack ?? 'ok'])}\n`);
  writeFileSync(file('same.csv'), `${HEADER};verdict\n${flows(400, 2, (attack) => [attack ?? 'ok'])}\n`);
  writeFileSync(file('bare.csv'), `${HEADER}\n${flows(400, 2, () => [])}\n`);
  writeFileSync(file('other.csv'), `${HEADER};family\n${flows(400, 2, (attack) => [attack ? 'bad' : 'good'])}\n`);
  writeFileSync(file('map.json'), JSON.stringify({ columns: { seconds: { role: 'left-out' } } }));
  writeFileSync(file('kdd.txt'), `${labelledRecords(1600, 1)}\n`);
  writeFileSync(file('kdd-test.txt'), `${labelledRecords(500, 2)}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LABEL = ['--label', 'verdict', '--positive', 'DoS', '--positive', 'Scan'];
const FOREST = ['--detector', 'random-forest', '--set', 'trees=20,maxDepth=12'];

function verdicts(name: string): string[] {
  const [header, ...rows] = readFileSync(file(name), 'utf8').trimEnd().split('\n');
  const at = cellsOf(header!, ',').indexOf('verdict');
  return rows.map((row) => cellsOf(row, ',')[at]!);
}

describe('any CSV', () => {
  it('is learned from, and its like is scored without saying again how it is read', async () => {
    const train = ['train', '--records', file('train.csv'), ...LABEL, ...FOREST, '--out', file('csv.model'), '--json'];
    const ran = await sonde(train);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('taken for addresses, ports, times or ids, and not learned from: client');
    const report = JSON.parse(ran.stdout) as { description: object; warnings: { code: string }[] };
    expect(report.warnings.map(({ code }) => code)).toContain('columns-guessed');
    expect(schemaFaults('sonde.train-records-1', report)).toBeNull();
    expect(report.description).toMatchObject({
      format: 'csv',
      parameters: { trees: 20, maxDepth: 12, leafRows: 1, columns: 0 },
      mapping: { label: 'verdict', positive: ['DoS', 'Scan'] },
    });
    const score = ['score', file('same.csv'), '--model', file('csv.model'), '--out', file('same.out.csv'), '--json'];
    const scored = await sonde(score);
    expect([scored.code, scored.stderr]).toEqual([0, '']);
    const summary = JSON.parse(scored.stdout) as { labels: Record<string, number>; format: string };
    expect(schemaFaults('sonde.score-1', summary)).toBeNull();
    expect(summary).toMatchObject({ format: 'csv', rows: 400, labels: { tp: 100, fn: 0 } });
  }, 60_000);

  it('needs no label to be scored, and may have another', async () => {
    const model = ['--model', file('csv.model')];
    const bare = await sonde(['score', file('bare.csv'), ...model, '--out', file('bare.out.csv'), '--json']);
    expect([bare.code, bare.stderr]).toEqual([0, '']);
    expect(JSON.parse(bare.stdout)).toMatchObject({ rows: 400, labels: null });
    const label = ['--label', 'family', '--positive', 'bad'];
    const other = await sonde(['score', file('other.csv'), ...model, ...label, '--out', file('o.csv'), '--json']);
    expect(JSON.parse(other.stdout)).toMatchObject({ rows: 400, labels: { tp: 100, fn: 0 } });
    expect(verdicts('o.csv')).toEqual(verdicts('bare.out.csv'));
  }, 60_000);

  it('is read by a map too, alike in training and in a comparison', async () => {
    const mapped = [...LABEL, '--map', file('map.json')];
    const ran = await sonde([
      'train',
      '--records',
      file('train.csv'),
      ...mapped,
      ...FOREST,
      '--out',
      file('m.model'),
      '--json',
    ]);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('columns left out: seconds (the map says so)');
    const { description } = JSON.parse(ran.stdout) as { description: { columns: { name: string }[] } };
    expect(description.columns.map(({ name }) => name)).toEqual(['client', 'service', 'bytes']);
    const files = ['--train', file('train.csv'), '--test', file('same.csv')];
    const compared = await sonde(['evaluate', ...files, ...mapped, '--regime', 'supervised', '--seeds', '1', '--json']);
    expect(compared.code).toBe(0);
    expect((JSON.parse(compared.stdout) as EvaluationReport).data.train.leftOut).toEqual([
      { name: 'seconds', why: 'the map says so' },
    ]);
  }, 60_000);

  it('that lacks a column is refused, and what was unset only here has no score', async () => {
    writeFileSync(file('lacks.csv'), 'client;service;seconds\n10.0.0.1;web;2\n');
    const args = (input: string): string[] => [
      'score',
      file(input),
      '--model',
      file('csv.model'),
      '--out',
      file('n.csv'),
    ];
    expect(await sonde(args('lacks.csv'))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('lacks 1 of the 3 columns that the model needs: bytes') as string,
    });
    writeFileSync(file('unset.csv'), `${HEADER}\n10.0.0.1;web;;2\n10.0.0.1;web;700;2\n`);
    const ran = await sonde([...args('unset.csv'), '--json']);
    expect(ran.code).toBe(4);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      unreadable: 1,
      unreadableReasons: [{ reason: 'bytes is unset, which it never was where the model learned', lines: [2] }],
    });
  }, 60_000);
});

describe('parameters, search and classes', () => {
  it('of a comparison stand in its report, and an experiment says them too', async () => {
    const experiment = {
      train: [file('kdd.txt')],
      test: [file('kdd-test.txt')],
      regime: 'supervised',
      detectors: 'random-forest,gradient-boosting',
      seeds: '1',
      set: ['random-forest.trees=10', 'gradient-boosting.trees=10,gradient-boosting.rate=0.3'],
      search: 2,
      'class-weights': 'none',
      sampling: 'under',
    };
    writeFileSync(file('experiment.json'), JSON.stringify(experiment));
    const read = await sonde(['evaluate', '--experiment', file('experiment.json'), '--json']);
    expect([read.code, read.stderr]).toEqual([0, '']);
    const report = JSON.parse(read.stdout) as EvaluationReport;
    expect(schemaFaults('sonde.evaluate-1', report)).toBeNull();
    expect(report.settings).toMatchObject({ classWeights: 'none', sampling: 'under' });
    expect(report.settings.parameters['gradient-boosting']).toMatchObject({ trees: 10, rate: 0.3 });
    expect(report.settings.search.map(({ detector, tried }) => [detector, tried.length])).toEqual([
      ['random-forest', 2],
      ['gradient-boosting', 2],
    ]);
    const files = [
      '--train',
      file('kdd.txt'),
      '--test',
      file('kdd-test.txt'),
      '--regime',
      'supervised',
      '--seeds',
      '1',
    ];
    const set = experiment.set.flatMap((each) => ['--set', each]);
    const more = [
      '--detectors',
      experiment.detectors,
      '--class-weights',
      'none',
      '--sampling',
      'under',
      '--search',
      '2',
    ];
    const said = await sonde(['evaluate', ...files, ...set, ...more, '--json']);
    const again = JSON.parse(said.stdout) as EvaluationReport;
    expect(again.settings).toEqual(report.settings);
    expect(again.results.map(({ rocAuc, threshold }) => [rocAuc, threshold])).toEqual(
      report.results.map(({ rocAuc, threshold }) => [rocAuc, threshold]),
    );
  }, 60_000);

  it('a search while training is told, and its best is what was saved', async () => {
    const args = ['--detector', 'gradient-boosting', '--set', 'trees=15', '--search', '3', '--out', file('s.model')];
    const ran = await sonde(['train', '--records', file('kdd.txt'), ...args]);
    expect(ran.code).toBe(0);
    // Made-up attacks are easily told.
    expect(ran.stderr).toMatch(/^[^\n]*: alone nearly always tells the attacks of the training data[^\n]*\n$/);
    expect(ran.stdout).toMatch(/Searched 3 settings, the best of them: trees=15, rate=/);
  }, 60_000);

  it.each([
    [['--set', 'trees=0'], 'random-forest.trees: 0 is not a whole number from 1 to 1000. It is how many trees vote'],
    [
      ['--set', 'leaves=3'],
      'random-forest.leaves: there is no such parameter. It has: trees, maxDepth, leafRows, columns',
    ],
    [['--set', 'k-nearest.neighbours=3'], 'is not of random-forest'],
    [['--set', 'trees=many'], 'is no parameter with a number'],
    [['--set', 'trees=3', '--trees', '4'], '--trees and --set trees together'],
    [['--search', '51'], '--search 51: not a whole number from 1 to 50'],
    [['--positive', 'x'], '--positive says nothing without --label'],
  ])('train says what is wrong with %j', async (more, message) => {
    const args = ['--records', file('kdd.txt'), '--detector', 'random-forest', '--out', file('never.model')];
    const ran = await sonde(['train', ...args, ...more]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(message);
  });

  it.each([
    [['--set', 'trees=3'], 'does not say of which detector'],
    [['--set', 'forest.trees=3'], 'there is no such detector'],
    [['--set', 'random-forest.trees=3'], '--set random-forest.…: it does not take part'],
    [['--set', 'k-nearest.neighbours=0'], 'k-nearest.neighbours: 0 is not a whole number from 1 to 200'],
  ])('evaluate says what is wrong with %j', async (more, message) => {
    const ran = await sonde(['evaluate', '--train', file('kdd.txt'), '--seeds', '1', ...more]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(message);
  });
});
