/** Models of the lab from a file of features to where they score flows: offline, live, from a file and from a database. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabModelRow, Promotion, RetrainRun } from '../../../src-shared/domain/lab-model.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { cellsOf } from '../../../src-main/detect/lab/delimited.ts';
import { claimDatabase } from '../../../src-main/keep/store/claim.ts';
import { promotedModels } from '../../../src-main/keep/store/queries/lab-models.ts';
import { loadLabModel } from '../../../src-main/detect/lab/lab-model-file.ts';
import { loadScoringModel } from '../../../src-main/run/pipeline/model.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import type { Analysis } from '../../../src-main/run/pipeline/triage-types.ts';
import { labelledRecords } from '../../unit/lab/records.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { shortSample } from '../../setup/short-sample.ts';
import { MAIN, sonde, type Ran } from './run.ts';

const SAMPLE = shortSample();
/** All that happens in the hour. */
const HOUR = resourcePath('sample', 'office-hour.pcapng.gz');
const SLOW = 120_000;

let folder = '';
const file = (name: string): string => join(folder, name);

async function ran(...args: string[]): Promise<Ran> {
  const found = await sonde(args);
  expect([found.code, found.stderr]).toEqual([0, '']);
  return found;
}

interface Flow {
  uid: string;
  score: number;
  anomalous: boolean;
  detectors: Record<string, number>;
}
const flowsOf = (path: string): Flow[] =>
  readFileSync(file(path), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Flow);

/** Features of the sample with a made-up label: hosts that try many ports. */
async function labelledFeatures(): Promise<void> {
  await ran('features', SAMPLE, '--uid', '--out', file('features.csv'));
  const [comment, header, ...rows] = readFileSync(file('features.csv'), 'utf8').trimEnd().split('\n');
  const at = FLOW_FEATURES.findIndex(({ id }) => id === 'src_ports') + 1;
  const labelled = rows.map((row) => `${row},${Number(row.split(',')[at]) > 6 ? 'scan' : 'normal'}`);
  writeFileSync(file('labelled.csv'), `${[comment, `${header},label`, ...labelled].join('\n')}\n`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-promoted-'));
  await labelledFeatures();
  for (const detector of ['logistic-regression', 'mean-z2']) {
    const out = file(`${detector}.model`);
    const { code } = await sonde(['train', '--records', file('labelled.csv'), '--detector', detector, '--out', out]);
    expect(code).toBe(0);
  }
}, SLOW);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const timeless = (text: string): TriageReport => ({
  ...(JSON.parse(text) as TriageReport),
  timings: undefined as never,
});

describe('a model of the lab', () => {
  it(
    'scores flows as `sonde score` scores their features, beside the base model and by its own threshold',
    async () => {
      const model = file('logistic-regression.model');
      await ran('triage', SAMPLE, '--causal', '--flows', file('alone.ndjson'), '--json');
      const { stdout } = await ran(
        'triage',
        SAMPLE,
        '--causal',
        '--model',
        model,
        '--flows',
        file('flows.ndjson'),
        '--json',
      );
      const report = JSON.parse(stdout) as TriageReport;
      expect(schemaFaults('sonde.triage-1', report)).toBeNull();
      await sonde(['score', file('labelled.csv'), '--model', model, '--out', file('p.csv'), '--reasons', 'none']);
      const [header, ...rows] = readFileSync(file('p.csv'), 'utf8').trimEnd().split('\n');
      const [scoreAt, verdictAt] = ['score', 'verdict'].map((name) => header!.split(',').indexOf(name));
      const scored = rows.map((row) => row.split(','));
      const [alone, flows] = [flowsOf('alone.ndjson'), flowsOf('flows.ndjson')];
      expect(flows.map(({ uid }) => uid)).toEqual(scored.map(([uid]) => uid));
      const rounded = scored.map((cells) => Math.round(Math.fround(Number(cells[scoreAt!])) * 1e6) / 1e6);
      expect(flows.map(({ detectors }) => detectors['lab:logistic-regression'])).toEqual(rounded);
      expect(flows.map(({ score }) => score)).toEqual(alone.map(({ score }) => score));
      const alarms = scored.map((cells) => cells[verdictAt!] === 'anomalous');
      expect(flows.map(({ anomalous }) => anomalous)).toEqual(alone.map((flow, i) => flow.anomalous || alarms[i]!));
      expect(report.promoted).toMatchObject([{ id: 'lab:logistic-regression', alarms: alarms.filter(Boolean).length }]);
      expect(alarms.filter(Boolean).length).toBeGreaterThan(500);
    },
    SLOW,
  );

  it(
    'that alarms at hundreds of flows makes at most ten notes, with its reasons',
    async () => {
      const { stdout } = await ran('triage', SAMPLE, '--causal', '--json', '--model', file('mean-z2.model'));
      const report = JSON.parse(stdout) as TriageReport;
      const { alarms } = report.promoted![0]!;
      expect(alarms).toBeGreaterThan(300);
      const own = report.incidents.filter(({ summary }) => summary.includes('the model “mean-z2.model”'));
      expect(own.length).toBeGreaterThan(0);
      expect(own.length).toBeLessThanOrEqual(10);
      expect(own.every(({ severity }) => severity === 'info')).toBe(true);
      expect(own.every(({ evidence }) => evidence.length > 0)).toBe(true);
      expect(own.every(({ detectors }) => detectors['lab:mean-z2']! > 0.9)).toBe(true);
    },
    SLOW,
  );

  it(
    'of flows by their fields scores them as `sonde score` scores the file of `--flows`',
    async () => {
      await ran('triage', SAMPLE, '--causal', '--flows', file('fields.csv'), '--json');
      const [header, ...rows] = readFileSync(file('fields.csv'), 'utf8').trimEnd().split('\n');
      const at = header!.split(',').indexOf('conn_state');
      const labelled = rows.map((row) => `${row},${row.split(',')[at] === 'REJ' ? 'scan' : 'normal'}`);
      writeFileSync(file('labelled-fields.csv'), `${[`${header},label`, ...labelled].join('\n')}\n`);
      const model = file('fields.model');
      const train = ['train', '--records', file('labelled-fields.csv'), '--detector', 'mean-z2', '--out', model];
      expect((await sonde(train)).code).toBe(0);
      await ran('triage', SAMPLE, '--causal', '--model', model, '--flows', file('by-fields.ndjson'), '--json');
      await sonde([
        'score',
        file('labelled-fields.csv'),
        '--model',
        model,
        '--out',
        file('q.csv'),
        '--reasons',
        'none',
      ]);
      const [names, ...scored] = readFileSync(file('q.csv'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((row) => cellsOf(row, ','));
      const said = scored.map((cells) => Math.round(Math.fround(Number(cells[names!.indexOf('score')])) * 1e6) / 1e6);
      expect(flowsOf('by-fields.ndjson').map(({ detectors }) => detectors['lab:mean-z2'])).toEqual(said);
    },
    SLOW,
  );
  it(
    'that is promoted while a capture runs scores it from then on, and all of it at the end',
    async () => {
      const promoted = [{ slot: 'late', name: 'late', sha256: '', model: await loadLabModel(file('mean-z2.model')) }];
      const model = await loadScoringModel(undefined);
      const options = { files: [HOUR], seed: 1, causal: true, threads: 1, model } as const;
      let calls = 0;
      const onTaken = (analysis: Analysis): void => {
        if (++calls === 3) void analysis.promote(promoted);
      };
      const late = await triage({ ...options, onTaken, liveAnomalies: true });
      const early = await triage({ ...options, promoted });
      const [a, b] = [late, early].map(({ report }) => ({ ...report, timings: undefined }));
      expect(calls).toBeGreaterThan(3);
      expect(a!.promoted).toHaveLength(1);
      expect(a).toEqual(b);
      for (const result of [late, early]) result.close();
    },
    SLOW,
  );

  it(
    'of other records is refused, and what packets do not give is named',
    async () => {
      writeFileSync(file('kdd.txt'), `${labelledRecords(800, 1)}\n`);
      const out = file('kdd.model');
      await sonde(['train', '--records', file('kdd.txt'), '--detector', 'mean-z2', '--out', out]);
      const refused = await sonde(['triage', SAMPLE, '--model', out]);
      expect(refused.code).toBe(3);
      expect(refused.stderr).toMatch(/NSL-KDD.*“protocol_type”/);
      await ran('models', 'add', out, '--db', file('kdd.db'));
      const promoted = await sonde(['models', 'promote', 'kdd.model', '--db', file('kdd.db')]);
      expect(promoted.code).toBe(2);
      expect(promoted.stderr).toMatch(/cannot score flows: it learned from NSL-KDD/);
    },
    SLOW,
  );
});

describe('a database', () => {
  const db = (): string => file('kept.db');
  interface Listing {
    schema: string;
    models: LabModelRow[];
    promotions: Promotion[];
    retrained: RetrainRun[];
  }
  const models = async (...args: string[]): Promise<Listing> => {
    const listing = JSON.parse((await ran('models', ...args, '--db', db(), '--json')).stdout) as Listing;
    expect(schemaFaults('sonde.models-1', listing)).toBeNull();
    return listing;
  };

  it(
    'has its promoted models score in triage and watch alike',
    async () => {
      await models('add', file('logistic-regression.model'));
      await models('add', file('mean-z2.model'), '--name', 'odd');
      await models('promote', '1');
      const listing = await models('promote', 'odd', '--as', 'odd-flows', '--why', 'to try it');
      expect(listing.models.map(({ slots }) => slots)).toEqual([['odd-flows'], ['logistic-regression']]);
      expect(listing.promotions[0]).toMatchObject({ action: 'promote', slot: 'odd-flows', why: 'to try it' });
      const out = (name: string): string[] => ['--db', db(), '--flows', file(name), '--json'];
      const offline = await ran('triage', HOUR, '--causal', ...out('offline.ndjson'));
      const live = await ran('watch', '--replay', HOUR, '--speed', 'max', ...out('live.ndjson'));
      expect(readFileSync(file('live.ndjson'), 'utf8')).toBe(readFileSync(file('offline.ndjson'), 'utf8'));
      const report = timeless(offline.stdout);
      expect(report.promoted?.map(({ id, name }) => [id, name])).toEqual([
        ['lab:logistic-regression', 'logistic-regression.model'],
        ['lab:odd-flows', 'odd'],
      ]);
      const kept = new Database(db(), { readonly: true });
      const bodies = kept.prepare('SELECT uid, body FROM incidents WHERE capture = ? ORDER BY uid');
      expect(bodies.all(2)).toEqual(bodies.all(1));
      expect(kept.prepare('SELECT uid, score, anomalous FROM flows WHERE capture = 1 ORDER BY id').all()).toEqual(
        kept.prepare('SELECT uid, score, anomalous FROM flows WHERE capture = 2 ORDER BY id').all(),
      );
      const features = kept.prepare('SELECT flow, sec, features FROM flow_features WHERE capture = ? ORDER BY flow');
      expect(features.all(1)).toHaveLength(report.flows.count);
      expect(features.all(2)).toEqual(features.all(1));
      kept.close();
      const last = new Map<string, { state: string; detectors: Record<string, number> }>();
      for (const line of live.stdout.trimEnd().split('\n')) {
        const event = JSON.parse(line) as {
          event: string;
          uid: string;
          state: string;
          detectors: Record<string, number>;
        };
        if (event.event === 'incident') last.set(event.uid, event);
      }
      expect([...last.values()].some(({ detectors }) => 'lab:odd-flows' in detectors)).toBe(true);
    },
    SLOW,
  );

  it(
    'is waited for while another program has it, for a bounded time, and that is said',
    async () => {
      const claim = claimDatabase(db());
      const refused = await sonde(['models', 'withdraw', 'odd-flows', '--db', db(), '--wait', '0']);
      expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('another desk has it open')]);
      const child = spawn(process.execPath, [MAIN, 'models', 'promote', 'odd', '--as', 'waited', '--db', db()]);
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        claim.release();
      });
      const [code] = (await once(child, 'close')) as [number | null];
      expect([code, said]).toEqual([0, expect.stringContaining('another program has it; waiting for at most 30 s')]);
      expect((await models('withdraw', 'waited')).promotions[0]).toMatchObject({ action: 'withdraw', slot: 'waited' });
    },
    SLOW,
  );

  it(
    'goes back to the model before, and shows it',
    async () => {
      await models('promote', 'odd', '--as', 'logistic-regression');
      const { promotions } = await models('roll-back', 'lab:logistic-regression');
      expect(promotions[0]).toMatchObject({
        action: 'roll-back',
        name: 'logistic-regression.model',
        beforeName: 'odd',
      });
      const { models: kept } = await models('withdraw', 'odd-flows');
      expect(kept.map(({ slots }) => slots)).toEqual([[], ['logistic-regression']]);
      expect((await sonde(['models', 'remove', '1', '--db', db()])).stderr).toContain(
        'scores flows as lab:logistic-regression',
      );
      expect((await models('remove', 'odd')).models).toHaveLength(1);
    },
    SLOW,
  );

  it(
    'learns from its flows, keeps what is better, and says what changed',
    async () => {
      const kept = new Database(db());
      kept
        .prepare(
          "UPDATE incidents SET status = 'closed' WHERE capture = 1 AND kind IN ('port-scan', 'brute-force', 'dns-tunnel')",
        )
        .run();
      kept.prepare('DELETE FROM captures WHERE id = 2').run();
      kept.close();
      const { retrained, models: all, promotions } = await models('retrain');
      const [ordinary, judged] = retrained[0]!.outcomes;
      expect(ordinary).toMatchObject({ slot: 'daily-ordinary', taken: true, before: null });
      expect(ordinary!.next!.separation).toBeGreaterThan(0.7);
      expect(ordinary!.words).toMatch(/^Learned from [\d,]+ ordinary flows of the last day: the first to score here/);
      expect(judged!.slot).toBe('daily-judged');
      expect(judged!.words).toMatch(/flows of 3 incidents that were closed/);
      expect(all.find(({ slots }) => slots.includes('daily-ordinary'))?.source).toEqual({
        kind: 'schedule',
        detail: 'daily-ordinary',
      });
      const again = await models('retrain');
      expect(again.retrained[0]!.outcomes[0]!).toMatchObject({ taken: false, model: null });
      expect(again.retrained[0]!.outcomes[0]!.words).toContain('the very model that scores');
      expect(again.promotions).toEqual(promotions);
      const next = await models('retrain', '--now', '2099-01-01T00:00:00Z');
      expect(next.retrained[0]!.outcomes[0]!.words).toMatch(/^Nothing was learned: of the last day there are 0 flows/);
    },
    SLOW,
  );

  it(
    'whose model is damaged is not scored by it',
    async () => {
      const kept = new Database(db());
      kept.prepare('UPDATE lab_models SET bytes = zeroblob(length(bytes)) WHERE id = 1').run();
      kept.close();
      const refused = await sonde(['triage', SAMPLE, '--db', db()]);
      expect(refused.code).toBe(3);
      expect(refused.stderr).toMatch(
        /“logistic-regression.model” \(lab:logistic-regression\) is damaged in the database/,
      );
      const count = new Database(db(), { readonly: true });
      expect(count.prepare('SELECT count(*) FROM captures').pluck().get()).toBe(1);
      count.close();
      expect((await sonde(['models', 'promote', '1', '--as', 'other', '--db', db()])).code).toBe(3);
      await models('withdraw', 'logistic-regression');
      expect((await sonde(['triage', SAMPLE, '--db', db(), '--json'])).code).toBe(0);
    },
    SLOW,
  );
});

describe('a retraining that is killed', () => {
  it(
    'leaves the models before scoring, whenever it is',
    async () => {
      const path = file('killed.db');
      await ran('triage', SAMPLE, '--db', path, '--json');
      await ran('models', 'retrain', '--db', path);
      const kept = new Database(path);
      const before = promotedModels(kept);
      expect(before.map(({ slot }) => slot)).toEqual(['daily-ordinary']);
      // Something else to be learned.
      kept.prepare('DELETE FROM flow_features WHERE flow % 3 = 0').run();
      for (const afterMs of [150, 500, 900, 1400]) {
        const child = spawn(process.execPath, [MAIN, 'models', 'retrain', '--db', path], { stdio: 'ignore' });
        const ended = once(child, 'exit');
        const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
        await ended;
        clearTimeout(timer);
        const now = promotedModels(kept);
        const runs = kept.prepare('SELECT count(*) FROM retrain_runs').pluck().get();
        // Either nothing has happened, or all of it.
        if (runs === 1) expect(now).toEqual(before);
        else expect(now.map(({ slot }) => slot)).toEqual(['daily-ordinary']);
        expect(kept.pragma('integrity_check', { simple: true })).toBe('ok');
      }
      kept.close();
    },
    SLOW,
  );
});
