import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WATCH } from '../../../src-main/run/cli/commands/watch.ts';
import { parseArguments } from '../../../src-main/run/cli/arguments.ts';
import { judgementOf } from '../../../src-main/run/cli/judgement.ts';
import { readSettingsFile } from '../../../src-main/run/cli/settings-file.ts';
import { Silencer } from '../../../src-main/run/cli/silencer.ts';
import type { MarkLists } from '../../../src-main/detect/incidents/suppressions/engine.ts';
import type { SuppressionScope } from '../../../src-shared/domain/suppression.ts';
import { DEFAULT_ALERT_POLICY } from '../../../src-shared/contract/topics/alerts.ts';
import type { LiveEvent, LiveIncident } from '../../../src-shared/domain/live.ts';

let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-settings-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(settings: unknown): string {
  const path = join(folder, 'settings.json');
  writeFileSync(path, typeof settings === 'string' ? settings : JSON.stringify(settings));
  return path;
}
const some = (settings: object): string => file({ schema: 'sonde.settings/1', ...settings });
const judged = (...args: string[]): ReturnType<typeof judgementOf> => judgementOf(parseArguments(WATCH, args));

describe('a file of settings', () => {
  it('is read whole; what it leaves out is as in a fresh desk', async () => {
    expect(await readSettingsFile(some({}))).toEqual({
      geo: [],
      networks: [],
      roles: [],
      devices: [],
      profile: 'auto',
      budget: null,
      suppressions: [],
      channels: [],
      routes: [],
      reports: [],
      exports: [],
      policy: DEFAULT_ALERT_POLICY,
    });
    const found = await readSettingsFile(
      some({
        networks: ['10.0.0.0/8'],
        devices: [{ address: 'a4:83:e7:c9:a5:2c', name: 'nessus', role: 'scanner' }],
        profile: 'office',
        budget: 2,
        suppressions: [{ scope: { kind: 'port-scan' }, expiresAt: '2026-12-01T00:00:00Z' }],
        channels: [
          { id: 'ops', kind: 'webhook', settings: { url: 'https://example.com/', signingSecret: { env: 'HOOK' } } },
        ],
        routes: [{ channels: ['ops'], severity: 'critical' }],
        alerts: { quietMinutes: 5, sensor: 'attic' },
        theme: 'dark',
      }),
    );
    expect(found).toMatchObject({ networks: ['10.0.0.0/8'], profile: 'office', budget: 2 });
    expect(found.suppressions).toEqual([
      { scope: { kind: 'port-scan' }, expiresAt: Date.UTC(2026, 11, 1), enabled: true },
    ]);
    expect(found.channels).toEqual([
      {
        id: 'ops',
        kind: 'webhook',
        enabled: true,
        settings: { url: 'https://example.com/', signingSecret: { env: 'HOOK' } },
      },
    ]);
    expect(found.routes).toMatchObject([{ channels: ['ops'], severity: 'critical', kinds: [], hours: null }]);
    expect(found.policy).toEqual({ ...DEFAULT_ALERT_POLICY, quietMinutes: 5, sensor: 'attic' });
  });

  it.each([
    [{ networks: ['10.0.0.0/8', '10.0.0.300'] }, 'networks[1]: neither an address nor a network'],
    [{ devices: [{ address: 'nas', name: '', role: '' }] }, 'devices[0].address: neither an IP nor a hardware address'],
    [{ profile: 'castle' }, 'profile: '],
    [{ budget: -1 }, 'budget: '],
    [{ suppressions: [{ scope: {} }] }, 'suppressions[0].scope: it would silence everything'],
    [{ suppressions: [{ scope: { source: 'x' } }] }, 'suppressions[0].scope: source: x is neither'],
    [{ suppressions: [{ scope: { port: 1 }, expiresAt: 'soon' }] }, 'suppressions[0].expiresAt: neither'],
    [{ channels: [{ id: 'Ops', kind: 'webhook' }] }, 'channels[0].id: starts with a letter'],
    [{ routes: [{ channels: [], hosts: ['nas'] }] }, 'routes[0].hosts[0]: neither an address nor a network'],
    [{ alerts: { timeZone: 'Atlantis/Capital' } }, 'alerts.timeZone: there is no such time zone'],
    [{ netwroks: [] }, 'the file: has a field that is not known here: netwroks'],
    [{ schema: 'sonde.settings/2' }, 'schema: has to be "sonde.settings/1"'],
  ])('is refused with the field that is wrong: %j', async (settings, words) => {
    const path = some(settings);
    await expect(readSettingsFile(path)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(`${path}: ${words}`) as string,
      cure: expect.stringContaining('docs/cli.md') as string,
    });
  });

  it.each([
    '{"schema": "sonde.settings/1",\n "channels": [{"password": "hunter2"',
    '{"schema": "sonde.settings/1",\n "channels": [hunter2]}',
    '{"channels": "hunter2", "routes": "hunter2"}',
  ])('never shows a secret of it: %s', async (text) => {
    const path = file(text);
    const error = (await readSettingsFile(path).catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ code: 'usage' });
    expect(error.message).not.toContain('hunter2');
  });

  it('that is not there is said to be missing', async () => {
    await expect(readSettingsFile(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(readSettingsFile(folder)).rejects.toMatchObject({ code: 'read-failed' });
  });
});

describe('what a network is judged by', () => {
  it('is nothing but what is asked for', async () => {
    expect(await judged()).toEqual({ judged: {} });
    expect(await judged('--profile', 'home', '--budget', '0.5')).toEqual({
      judged: { profile: 'home', budget: 0.5 },
    });
    expect(await judged('--profile', 'auto')).toEqual({ judged: {} });
  });

  it('is, with settings, what the desk would use; an option goes first', async () => {
    const devices = [{ address: 'A4-83-E7-C9-A5-2C', name: '', role: 'scanner' }];
    const path = some({ networks: ['10.0.0.0/8'], devices, profile: 'office' });
    expect(await judged('--settings', path)).toEqual({
      judged: { networks: ['10.0.0.0/8'], devices, profile: 'office', budget: 'default' },
      exports: [],
    });
    const { judged: found } = await judged('--settings', path, '--profile', 'auto', '--budget', '0');
    expect(found).toEqual({ networks: ['10.0.0.0/8'], devices, budget: 0 });
  });

  it.each([
    [['--profile', 'castle'], 'not one of auto, home, office, enterprise'],
    [['--budget', 'many'], 'not a number up to 1000'],
    [['--budget', '1001'], 'not a number up to 1000'],
  ])('is not %j', async (args, words) => {
    await expect(judged(...args)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(words) as string,
    });
  });
});

describe('suppressed incidents', () => {
  const incident = (uid: string, state: LiveIncident['state'], change: Partial<LiveIncident> = {}): LiveIncident =>
    ({
      ...{ event: 'incident', uid, state, kind: 'port-scan', latencyMs: 5 },
      ...{ sources: ['10.0.0.5'], sourcesTotal: 1, targets: ['10.0.0.9'], targetsTotal: 1 },
      ...{ ports: [], portsTotal: 0, domains: [], domainsTotal: 0 },
      ...change,
    }) as LiveIncident;
  const wider = { sources: ['10.0.0.5', '10.0.0.6'], sourcesTotal: 2 };
  const ended = { event: 'ended', reason: 'signal', stats: {} } as unknown as LiveEvent;
  const silence = (now: () => number = () => 0): Silencer =>
    new Silencer([{ scope: { source: '10.0.0.5' }, expiresAt: 1000, enabled: true }], now);
  const told = (silencer: Silencer, event: LiveEvent, marks?: MarkLists): string[] =>
    silencer.take(event, marks).map((e) => (e.event === 'incident' ? `${e.state} ${e.latencyMs}` : e.event));

  it('are not told, but counted; others are', () => {
    const silencer = silence();
    expect(told(silencer, incident('a', 'open'))).toEqual([]);
    expect(told(silencer, incident('b', 'open', { sources: ['10.0.0.7'] }))).toEqual(['open 5']);
    expect(told(silencer, incident('a', 'update'))).toEqual([]);
    expect(told(silencer, incident('a', 'closed'))).toEqual([]);
    expect(silencer.take(ended)).toEqual([{ ...ended, suppressed: 1 }]);
  });

  it('open where they grow beyond what is suppressed, and then go on being told', () => {
    const silencer = silence();
    silencer.take(incident('a', 'open'));
    expect(told(silencer, incident('a', 'update', wider))).toEqual(['open null']);
    expect(told(silencer, incident('a', 'closed'))).toEqual(['closed 5']);
    silencer.take(incident('b', 'open'));
    expect(told(silencer, incident('b', 'closed', wider))).toEqual(['open null', 'closed 5']);
    expect(silencer.take(ended)).toEqual([{ ...ended, suppressed: 0 }]);
  });

  it('are those that fit what found them, when, and what their flows tell by then', () => {
    const by = (scope: SuppressionScope, marks?: MarkLists): string[] =>
      told(
        new Silencer([{ scope, expiresAt: null, enabled: true }], () => 0),
        incident('a', 'open', {
          firstTs: '2026-03-10T22:30:00.000000000Z',
          detectors: { 'behaviour:port-scan': 1 },
        }),
        marks,
      );
    expect(by({ rule: 'behaviour:port-scan' })).toEqual([]);
    expect(by({ rule: 'behaviour:host-sweep' })).toEqual(['open 5']);
    expect(by({ time: { hours: '22:00-06:00', zone: 'UTC' } })).toEqual([]);
    expect(by({ time: { hours: '22:00-06:00', zone: 'Asia/Tokyo' } })).toEqual(['open 5']);
    const ja4 = 't13d1516h2_8daaf6152771_b186095e22b6';
    expect(by({ ja4 })).toEqual(['open 5']);
    expect(by({ ja4 }, { protocols: ['tcp', 'ssl'], ja4: [ja4] })).toEqual([]);
    expect(by({ protocol: 'ssl' }, { protocols: ['tcp', 'ssl'], ja4: [] })).toEqual([]);
    expect(by({ protocol: 'ssh' }, { protocols: ['tcp', 'ssl'], ja4: [] })).toEqual(['open 5']);
  });

  it('are forgotten where they turned out to be none', () => {
    const silencer = silence();
    silencer.take(incident('a', 'open'));
    expect(told(silencer, incident('a', 'closed', { withdrawn: true }))).toEqual([]);
    expect(silencer.take(ended)).toEqual([{ ...ended, suppressed: 0 }]);
  });

  it('are told once the suppression has expired', () => {
    let now = 999;
    const silencer = silence(() => now);
    expect(told(silencer, incident('a', 'open'))).toEqual([]);
    now = 1000;
    expect(told(silencer, incident('b', 'open'))).toEqual(['open 5']);
  });
});
