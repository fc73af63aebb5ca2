import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemorySecrets } from '../../../src-main/keep/alerts/secrets.ts';
import { CHANNEL_KINDS } from '../../../src-main/keep/alerts/channels/registry.ts';
import { fileSenders } from '../../../src-main/keep/alerts/senders.ts';
import { readSettingsFile } from '../../../src-main/run/cli/settings-file.ts';
import { readSuppressionsFile } from '../../../src-main/run/cli/suppressions-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-faults-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(document: unknown): string {
  const path = join(folder, 'some.json');
  writeFileSync(path, JSON.stringify(document));
  return path;
}

const fault = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => '',
    (error: unknown) => String(error),
  );
const ofSettings = (change: object): Promise<string> =>
  fault(readSettingsFile(written({ schema: 'sonde.settings/1', ...change })));
const long = 'k'.repeat(5000);

/** What the library of schemas says of its own accord. */
const RAW = /Invalid|expected|received|Unrecognized|option|Too (big|small)|regex|pattern/;

describe('faults of a settings file', () => {
  it.each([
    [{ networks: 'x' }, 'networks: has to be a list, [ … ]'],
    [{ networks: [1] }, 'networks[0]: has to be a text'],
    [{ [long]: 1 }, `the file: has a field that is not known here: ${'k'.repeat(40)}…`],
    [{ channels: [{ id: 'ops', kind: 4 }] }, 'channels[0].kind: has to be a text'],
    [{ channels: [{ id: 'ops', kind: 'webhook', foo: 1 }] }, 'channels[0]: has a field that is not known here: foo'],
    [{ channels: [{ id: 'ops', kind: 'webhook', settings: { [long]: 1 } }] }, 'is no name of a field'],
    [
      { channels: [{ id: 'ops', kind: 'webhook', settings: { url: { env: 'A', file: 'B' } } }] },
      'channels[0].settings.url: has to be a text, a number, true or false',
    ],
    [{ routes: [{ channels: ['x'], kinds: ['nope'] }] }, 'routes[0].kinds[0]: has to be one of dos-flood, ddos, '],
    [{ alerts: { quietMinutes: 1.5 } }, 'alerts.quietMinutes: has to be a whole number'],
    [{ alerts: { hourlyCeiling: 0 } }, 'alerts.hourlyCeiling: has to be at least 1'],
    [{ alerts: { sensor: '' } }, 'alerts.sensor: is empty'],
    [{ suppressions: [{ scope: { kind: long } }] }, 'suppressions[0].scope.kind: has to be one of dos-flood, '],
    [{ devices: [{ address: '10.0.0.1' }] }, 'devices[0].name: is missing'],
    [{ profile: 'hotel' }, 'profile: has to be one of '],
  ])('are told in plain words, with file and place', async (change, words) => {
    const text = await ofSettings(change);
    expect(text).toContain(`${join(folder, 'some.json')}: `);
    expect(text).toContain(words);
    expect(text).not.toMatch(RAW);
    expect(text.length).toBeLessThan(1000);
  });

  it('of suppressions are told so too', async () => {
    const text = await fault(readSuppressionsFile(written({ schema: 'sonde.suppressions/1', suppressions: [{}, 4] })));
    expect(text).toContain('some.json: suppressions[0].scope: is missing; suppressions[1]: has to be an object, { … }');
  });
});

describe('a channel that could never send anything', () => {
  const load = (kind: string, settings: object): Promise<string> =>
    fault(
      readSettingsFile(written({ schema: 'sonde.settings/1', channels: [{ id: 'ops', kind, settings }] })).then(
        ({ channels }) => fileSenders(channels, CHANNEL_KINDS, new MemorySecrets()),
      ),
    );
  const mail = { from: 'a@example.com', to: ['b@example.com'] };

  it.each([
    ['webhook', { url: 'http://127.0.0.1/x' }],
    ['webhook', { url: 'http://2130706433/x' }],
    ['webhook', { url: 'https://[fe80::1]/x' }],
    ['webhook', { url: 'https://localhost/x' }],
    ['webhook', { url: 'https://example.com/', proxy: 'http://10.0.0.1:3128' }],
    ['email', { ...mail, host: '192.168.1.5' }],
    ['syslog', { host: '169.254.169.254' }],
  ])('is refused where settings are read: %s %j', async (kind, settings) => {
    const text = await load(kind, settings);
    expect(text).toContain('channel ops: ');
    expect(text).toContain('nothing is sent without “Allow private targets” (allowPrivate)');
    expect(await load(kind, { ...settings, allowPrivate: true })).toBe('');
  });

  it('is not one that leads to a name, or to the open Internet', async () => {
    expect(await load('webhook', { url: 'https://alerts.corp.example/x' })).toBe('');
    expect(await load('email', { ...mail, host: '8.8.8.8' })).toBe('');
  });
});
