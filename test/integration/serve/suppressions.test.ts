/** Suppressions over a generated week: what they reach, that they reach back, and that all of it can be taken back. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentRow } from '../../../src-shared/contract/topics/common.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { judgeFile } from '../../../src-shared/contract/topics/suppression-file.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import type { SuppressionScope } from '../../../src-shared/domain/suppression.ts';
import { attackedWeek, WEEK_START } from '../../generator/week.ts';
import { sonde } from '../cli/run.ts';
import { failure, followed, testDesk, type Testing } from './desk-client.ts';

const SLOW = 120_000;
const DAY = 86_400_000;
/** The day after the week. */
const MONDAY = Date.UTC(2026, 2, 30, 12);

let folder: string;
let path: string;
let now = MONDAY;
let t: Testing;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-week-'));
  path = join(folder, 'week.pcapng');
  writeFileSync(path, attackedWeek().bytes);
  t = await testDesk({ now: () => now });
  const { job } = await t.client.captures.import({ sources: [{ kind: 'path', path }] });
  expect((await followed(t.client, job)).at(-1)).toMatchObject({ stage: 'done' });
}, SLOW);

afterAll(async () => {
  await t.desk.close();
  rmSync(folder, { recursive: true, force: true });
}, SLOW);

afterEach(async () => {
  now = MONDAY;
  const ids = (await list()).map(({ id }) => id);
  if (ids.length > 0) await t.client.suppressions.removeAll({ ids });
});

const list = async () => (await t.client.suppressions.list({})).suppressions;
const incidents = async (suppressed: 'hide' | 'show' | 'only'): Promise<IncidentRow[]> =>
  (await t.client.incidents.list({ suppressed, limit: 1000 })).rows;
/** `kind 2026-03-29T00:30`, in order. */
const named = (rows: readonly IncidentRow[]): string[] =>
  rows.map(({ kind, firstTs }) => `${kind} ${firstTs.slice(0, 16)}`).sort();

/** What a scope silences, once its preview has said the same; then it is taken back. */
async function silenced(scope: SuppressionScope): Promise<string[]> {
  const before = await incidents('hide');
  const preview = await t.client.suppressions.preview({ scope });
  const { id, hits } = await t.client.suppressions.create({ scope });
  const only = await incidents('only');
  expect([hits, preview.total]).toEqual([only.length, only.length]);
  expect(named(preview.rows)).toEqual(named(only));
  expect(named([...(await incidents('hide')), ...only])).toEqual(named(before));
  await t.client.suppressions.remove({ id });
  expect(await incidents('hide')).toEqual(before);
  return named(only);
}

const BERLIN = 'Europe/Berlin';

describe('a scope', () => {
  it.each<[SuppressionScope, string[]]>([
    [{ kind: 'port-scan' }, ['port-scan 2026-03-25T01:30', 'port-scan 2026-03-27T22:30']],
    [{ kind: 'port-scan', source: '192.168.10.51/32' }, ['port-scan 2026-03-25T01:30']],
    [{ kind: 'port-scan', source: '192.168.10.48/31' }, []],
    [{ kind: 'port-scan', source: '192.168.10.50/31' }, ['port-scan 2026-03-25T01:30']],
    [{ port: 22 }, ['brute-force 2026-03-24T10:00']],
    [{ protocol: 'ssh' }, ['brute-force 2026-03-24T10:00']],
    [{ domain: 'cdn-telemetry-check.xyz' }, ['command-and-control 2026-03-27T03:00']],
    // The tunnel asks for the domain itself, too.
    [{ domain: '*.metric-sync.info' }, []],
    [{ domain: '.metric-sync.info' }, ['dns-tunnel 2026-03-26T14:00']],
    [{ domain: '.sync.info' }, []],
    [{ rule: 'behaviour:half-open-probe' }, ['port-scan 2026-03-25T01:30', 'port-scan 2026-03-27T22:30']],
    [{ rule: 'behaviour:host-sweep' }, ['host-sweep 2026-03-29T01:30']],
    [{ rule: 'signature:1' }, []],
  ])('%j reaches %j', async (scope, expected) => expect(await silenced(scope)).toEqual(expected), SLOW);

  it(
    'by the fingerprint of its client reaches what that client did, and nothing of another',
    async () => {
      const control = (await incidents('show')).find(
        ({ kind, ports }) => kind === 'command-and-control' && ports[0] === 443,
      );
      const { ja4, protocols } = await t.client.suppressions.marks({ capture: 1, uid: control!.uid });
      expect([ja4.length, protocols]).toEqual([1, expect.arrayContaining(['ssl', 'tcp'])]);
      expect(await silenced({ ja4: ja4[0]!.toUpperCase() })).toEqual(['command-and-control 2026-03-27T03:00']);
      const another = ja4[0]!.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
      expect(await silenced({ ja4: another })).toEqual([]);
    },
    SLOW,
  );

  it.each<[SuppressionScope['time'], string[]]>([
    [
      { hours: '22:00-02:00', zone: 'UTC' },
      [
        'brute-force 2026-03-28T23:00',
        'brute-force 2026-03-29T00:30',
        'command-and-control 2026-03-29T01:30',
        'host-sweep 2026-03-29T01:30',
        'port-scan 2026-03-25T01:30',
        'port-scan 2026-03-27T22:30',
      ],
    ],
    // Begun on Saturday in Berlin: what came after midnight belongs to it, what came at 03:30 does not.
    [
      { hours: '23:00-03:00', days: ['sat'], zone: BERLIN },
      ['brute-force 2026-03-28T23:00', 'brute-force 2026-03-29T00:30'],
    ],
    // 00:30 UTC is 01:30 there; an hour later it is 03:30: the hour between was left out.
    [{ hours: '02:00-03:00', days: ['sun'], zone: BERLIN }, []],
    [
      { hours: '03:00-04:00', days: ['sun'], zone: BERLIN },
      ['command-and-control 2026-03-29T01:30', 'host-sweep 2026-03-29T01:30'],
    ],
    // On Wednesday 01:30 UTC was 02:30.
    [{ hours: '02:00-03:00', zone: BERLIN }, ['port-scan 2026-03-25T01:30']],
    [{ days: ['thu'], zone: 'Asia/Tokyo' }, ['dns-tunnel 2026-03-26T14:00']],
  ])(
    'of the time %j reaches %j',
    async (time, expected) => {
      expect(await silenced({ ...(time ? { time } : {}) })).toEqual(expected);
    },
    SLOW,
  );
});

describe('a preview', () => {
  it('counts by severity, says when, and what of it is lately', async () => {
    const scope = { kind: 'brute-force' } as const;
    const preview = await t.client.suppressions.preview({ scope });
    expect(preview).toMatchObject({
      total: 3,
      severities: { critical: 3, warning: 0, info: 0 },
      firstTs: '2026-03-24T10:00:00.000000000Z',
      lastTs: '2026-03-29T00:30:00.000000000Z',
      recent: { total: 3, severities: { critical: 3 } },
      pursued: 0,
      already: 0,
    });
    now = Date.UTC(2026, 3, 25);
    expect((await t.client.suppressions.preview({ scope })).recent.total).toBe(2);
    now = Date.UTC(2026, 5, 1);
    expect(await t.client.suppressions.preview({ scope })).toMatchObject({ total: 3, recent: { total: 0 } });
  });

  it('tells what others silence, and what somebody pursues', async () => {
    const [one] = (await t.client.incidents.list({ kinds: ['brute-force'] })).rows;
    await t.client.incidents.setStatus({ capture: 1, uid: one!.uid, status: 'investigating' });
    await t.client.suppressions.create({ scope: { kind: 'brute-force', port: 22 } });
    const { total, already, pursued } = await t.client.suppressions.preview({ scope: { kind: 'brute-force' } });
    expect([total + already, already]).toEqual([3, 1]);
    expect(pursued).toBe(one!.ports[0] === 22 ? 0 : 1);
    await t.client.incidents.setStatus({ capture: 1, uid: one!.uid, status: 'new' });
  });
});

describe('the end of a suppression', () => {
  it('comes at its very millisecond, and what was silent is heard again', async () => {
    const before = await incidents('hide');
    await t.client.suppressions.create({ scope: { kind: 'port-scan' }, expiresAt: MONDAY + 1000 });
    now = MONDAY + 999;
    await t.desk.refreshSuppressions();
    expect((await list())[0]).toMatchObject({ state: 'active', hits: 2, lastHitAt: MONDAY, stale: null });
    now = MONDAY + 1000;
    await t.desk.refreshSuppressions();
    expect((await list())[0]).toMatchObject({ state: 'expired', hits: 0, lastHitAt: MONDAY, stale: 'expired' });
    expect(await incidents('hide')).toEqual(before);
    expect((await failure(t.client.suppressions.create({ scope: { port: 1 }, expiresAt: now }))).message).toContain(
      'expired already',
    );
  });
});

describe('what may go', () => {
  it('is what expired, and what never silenced anything for a week', async () => {
    await t.client.suppressions.create({ scope: { kind: 'port-scan' } });
    await t.client.suppressions.create({ scope: { kind: 'ddos' } });
    await t.client.suppressions.create({ scope: { kind: 'dga' }, expiresAt: MONDAY + DAY });
    const stale = async (): Promise<unknown> => (await list()).map(({ scope, stale: why }) => [scope.kind, why]);
    now = MONDAY + 7 * DAY - 1;
    expect(await stale()).toEqual([
      ['dga', 'expired'],
      ['ddos', null],
      ['port-scan', null],
    ]);
    now = MONDAY + 7 * DAY;
    expect(await stale()).toEqual([
      ['dga', 'expired'],
      ['ddos', 'never-hit'],
      ['port-scan', null],
    ]);
    const going = (await list()).filter((row) => row.stale !== null);
    expect(await t.client.suppressions.removeAll({ ids: [...going.map(({ id }) => id), 9999] })).toEqual({
      removed: 2,
    });
    // As it is undone.
    const again = going.map(({ scope, reason, author, createdAt, expiresAt, enabled }) => {
      return { scope, reason, author, createdAt, expiresAt, enabled };
    });
    expect(await t.client.suppressions.add({ suppressions: again })).toEqual({ added: 2, same: 0 });
    expect((await list()).map(({ scope, state }) => `${scope.kind} ${state}`).sort()).toEqual([
      'ddos active',
      'dga expired',
      'port-scan active',
    ]);
  });
});

/** By the published schema; null where nothing is wrong. */
function faults(document: unknown): unknown {
  const schema = JSON.parse(
    readFileSync(resourcePath('schemas', 'sonde.suppressions-1.schema.json'), 'utf8'),
  ) as object;
  const validate = new Ajv({ formats: { 'date-time': true } }).compile(schema);
  return validate(document) ? null : validate.errors;
}

describe('a file', () => {
  it.each<[scope: unknown, sound: boolean]>([
    [{ ja4: 't13d1516h2_8daaf6152771_b186095e22b6' }, true],
    [{ ja4: 'chrome' }, false],
    [{ rule: 'signature:7' }, true],
    [{ rule: 'port scan' }, false],
    [{ time: { hours: '22:00-24:00', zone: 'UTC' } }, true],
    [{ time: { days: ['mon'], zone: 'UTC' } }, true],
    [{ time: { zone: 'UTC' } }, false],
    [{ time: { hours: '22:00-06:00' } }, false],
    [{ time: { hours: '9-17', zone: 'UTC' } }, false],
    [{ time: { days: ['mon', 'mon'], zone: 'UTC' } }, false],
    [{ domain: '.example.com', more: 1 }, false],
  ])('with the scope %j is sound by the published schema as it is here: %s', (scope, sound) => {
    const document = { schema: 'sonde.suppressions/1', suppressions: [{ scope }] };
    expect(faults(document) === null).toBe(sound);
    const judged = judgeFile(JSON.stringify(document), []);
    expect(judged.ok && judged.entries[0]!.verdict === 'new').toBe(sound);
  });

  const scopes: SuppressionScope[] = [
    { kind: 'port-scan', source: '192.168.10.0/24' },
    { domain: '.metric-sync.info', rule: 'behaviour:dns-tunnel' },
    { time: { hours: '03:00-04:00', days: ['sun'], zone: BERLIN } },
    { protocol: 'ssh', port: 22 },
  ];

  async function exported(): Promise<string> {
    const { download, suppressions } = await t.client.suppressions.export({});
    expect(suppressions).toBe(scopes.length);
    return readFileSync(t.desk.downloads.get(download).path, 'utf8');
  }

  /** Of the one that speaks TLS. */
  async function printed(): Promise<SuppressionScope> {
    const control = (await incidents('show')).find(({ kind, ports }) => kind.endsWith('control') && ports[0] === 443);
    return { ja4: (await t.client.suppressions.marks({ capture: 1, uid: control!.uid })).ja4[0] };
  }

  it(
    'holds all, silences in a triage what it silences here, and brings back the same',
    async () => {
      scopes.push(await printed());
      for (const scope of scopes)
        await t.client.suppressions.create({ scope, reason: 'ours', expiresAt: MONDAY + DAY });
      const silent = named(await incidents('only'));
      expect(silent).toHaveLength(6);
      const text = await exported();
      expect(faults(JSON.parse(text))).toBeNull();
      expect(judgeFile(text, await list())).toMatchObject({
        ok: true,
        entries: scopes.map(() => ({ verdict: 'same' })),
      });

      const file = join(folder, 'suppressions.json');
      writeFileSync(file, text);
      const args = ['triage', path, '--json', '--suppressions', file, '--now'];
      const { stdout } = await sonde([...args, String(MONDAY + DAY - 1)]);
      const report = JSON.parse(stdout) as TriageReport;
      expect(report.suppressed).toBe(silent.length);
      expect(report.incidents.map(({ uid }) => uid).sort()).toEqual(
        (await incidents('hide')).map(({ uid }) => uid).sort(),
      );
      expect((JSON.parse((await sonde([...args, String(MONDAY + DAY)])).stdout) as TriageReport).suppressed).toBe(0);

      await t.client.suppressions.removeAll({ ids: (await list()).map(({ id }) => id) });
      expect(await incidents('only')).toEqual([]);
      const judged = judgeFile(text, await list());
      if (!judged.ok) throw new Error(judged.fault);
      const fresh = judged.entries.flatMap((each) => (each.verdict === 'new' ? [each.entry] : []));
      expect(await t.as({ user: 'bob' }).suppressions.add({ suppressions: fresh })).toEqual({ added: 5, same: 0 });
      expect(named(await incidents('only'))).toEqual(silent);
      expect((await list()).every(({ author, reason }) => author === 'ann' && reason === 'ours')).toBe(true);
      expect(await t.client.suppressions.add({ suppressions: fresh })).toEqual({ added: 0, same: 5 });
    },
    SLOW,
  );

  it(
    'cannot bring more than a file may hold, nor be from tomorrow',
    async () => {
      const many = (count: number) => Array.from({ length: count }, (_, port) => ({ scope: { port } }));
      await t.client.suppressions.add({ suppressions: [{ scope: { kind: 'dga' }, createdAt: MONDAY + DAY }] });
      expect((await list())[0]).toMatchObject({ createdAt: MONDAY, author: 'ann' });
      expect((await failure(t.client.suppressions.add({ suppressions: many(1000) }))).message).toContain('1000');
      expect(await list()).toHaveLength(1);
      await t.client.suppressions.add({ suppressions: many(999) });
      expect((await failure(t.client.suppressions.create({ scope: { kind: 'ddos' } }))).code).toBe('bad-request');
    },
    SLOW,
  );
});

describe('alarms that were for nothing', () => {
  it('are counted by day where somebody judged them, beside the budget', async () => {
    const alarms = (await incidents('show')).filter(({ severity }) => severity !== 'info');
    const rate = () => t.client.incidents.alarmRate({ zone: BERLIN });
    const first = await rate();
    expect(first.days).toHaveLength(7);
    expect(first.days.reduce((all, day) => all + day.notJudged, 0)).toBe(alarms.length);
    expect(first.days.find(({ day }) => day === '2026-03-28')).toMatchObject({ seconds: 86_400 });
    // It was taken for a home.
    expect(first.budget).toBe(1);

    const judge = async (kind: string, port: number, status: 'expected' | 'false-alarm' | 'closed'): Promise<void> => {
      const found = alarms.find((row) => row.kind === kind && row.ports[0] === port);
      await t.client.incidents.setStatus({ capture: 1, uid: found!.uid, status });
    };
    await judge('brute-force', 22, 'false-alarm');
    await judge('brute-force', 3389, 'closed');
    await judge('brute-force', 21, 'expected');
    const judged = (await rate()).days.filter((day) => day.falseAlarms + day.expected + day.confirmed > 0);
    // 23:00 UTC on Saturday is Sunday in Berlin.
    expect(judged).toMatchObject([
      { day: '2026-03-24', falseAlarms: 1, expected: 0, confirmed: 0, notJudged: 0 },
      { day: '2026-03-29', falseAlarms: 0, expected: 1, confirmed: 1 },
    ]);
    expect(await t.desk.store.expectedIncidents(1)).toHaveLength(2);

    // What is silenced raises no alarm; it is told beside.
    await t.client.suppressions.create({ scope: { port: 22 } });
    const after = await rate();
    expect(after.silenced).toBe(1);
    expect(after.days.find(({ day }) => day === '2026-03-24')).toMatchObject({ falseAlarms: 0 });

    await t.client.settings.set({ budget: 0.5 });
    expect((await rate()).budget).toBe(0.5);
    await t.client.settings.set({ budget: null, profile: 'enterprise' });
    expect((await rate()).budget).toBe(10);
    await t.client.settings.set({ profile: 'auto' });
    expect((await failure(t.client.incidents.alarmRate({ zone: 'Mars/Base' }))).code).toBe('bad-request');
  });

  it(
    'of traffic that was read twice count once',
    async () => {
      const before = await t.client.incidents.alarmRate({});
      const { job } = await t.client.captures.import({ sources: [{ kind: 'path', path }] });
      const last = (await followed(t.client, job)).at(-1)!;
      const { budget: _, ...again } = await t.client.incidents.alarmRate({});
      expect(again).toEqual({ days: before.days, silenced: before.silenced });
      await t.client.captures.remove({ capture: last.capture! });
    },
    SLOW,
  );
});

it('the week is the week', () => expect(new Date(WEEK_START * 1000).toISOString()).toBe('2026-03-23T00:00:00.000Z'));
