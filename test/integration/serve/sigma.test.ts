/** Sigma rules of the desk: kept, switched, applied to captures and sessions, tried; lists that come while a session runs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSigmaNumber, SIGMA_FILE_MARK } from '../../../src-shared/contract/topics/rules.ts';
import { pcapFile } from '../../generator/write.ts';
import { Talk } from '../../unit/signatures/talk.ts';
import { failure, followed, testDesk, type Testing } from './desk-client.ts';

const SLOW = 120_000;
const ID = 'aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb';
let folder = '';
let t: Testing;
const file = (name: string): string => join(folder, name);
const path = (name: string) => ({ kind: 'path' as const, path: file(name) });

const sigma = (title: string, uri: string, more = ''): string =>
  `title: ${title}\nlevel: high\n${more}logsource:\n  product: zeek\n  service: http\ndetection:\n  s:\n    uri|contains: ${uri}\n  condition: s\n`;

function writeCapture(name: string, talks: number): void {
  const packets = Array.from({ length: talks }, (_, i) =>
    new Talk(80, 40_000 + i)
      .open()
      .up(`GET /EVIL?${i} HTTP/1.1\r\nHost: h\r\n\r\n`)
      .down('HTTP/1.1 204 No\r\n\r\n')
      .close()
      .frames.map((data, k) => ({
        ts: 1_700_000_000_000_000_000n + BigInt(i) * 2_000_000_000n + BigInt(k) * 1_000_000n,
        data,
      })),
  ).flat();
  writeFileSync(file(name), pcapFile(packets));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-desk-sigma-'));
  mkdirSync(file('own'));
  writeCapture('talk.pcap', 2);
  writeCapture('long.pcap', 8);
  t = await testDesk({ database: file('desk.db'), ownRules: file('own') });
}, SLOW);
afterAll(async () => {
  await t.desk.close();
  rmSync(folder, { recursive: true, force: true });
}, SLOW);

async function imported(): Promise<number> {
  const { job } = await t.client.captures.import({ sources: [path('talk.pcap')] });
  const last = (await followed(t.client, job)).at(-1)!;
  expect(last).toMatchObject({ stage: 'done', error: null });
  return last.capture!;
}

const titles = async (capture: number): Promise<string[]> =>
  (await t.client.incidents.list({ capture })).rows.map(({ title }) => title);
const sources = async () => (await t.client.rules.sources({})).sources;

describe('Sigma rules of the desk', () => {
  let set = 0;
  let one = 0;

  it('come from a folder and those in it; what is refused is named with file, line, title and key', async () => {
    mkdirSync(file('set/deep'), { recursive: true });
    writeFileSync(file('set/a.yml'), `${sigma('One', '/EVIL', `id: ${ID}\n`)}---\n${sigma('Two', '/OTHER')}`);
    writeFileSync(file('set/deep/b.yaml'), sigma('Three', '/EVIL').replace('service: http', 'service: smtp'));
    const { source, diff } = await t.client.rules.add({ kind: 'sigma', name: 'My Sigma', sources: [path('set')] });
    set = source.id;
    expect(source).toMatchObject({
      kind: 'sigma',
      origin: 'path',
      rules: 2,
      refused: 1,
      off: 0,
      list: null,
      enabled: true,
    });
    expect(diff).toMatchObject({ added: 2, names: { added: ['One', 'Two'] } });
    const { rows } = await t.client.rules.refused({ source: set });
    expect(rows).toMatchObject([{ line: 1, sid: 0, keyword: 'logsource', reason: expect.stringContaining('“Three”') }]);
    expect(rows[0]!.file).toContain('b.yaml');
    const listed = await t.client.rules.list({ source: set, search: ID });
    expect(listed.rows).toMatchObject([{ message: 'One', classtype: 'sigma-high', state: 'on' }]);
    expect(listed.rows[0]!.text).toMatch(/^title: One\n/);
    one = listed.rows[0]!.sid;
    expect(isSigmaNumber(one)).toBe(true);
  });

  it('are looked by when a capture is opened, count what they found, and are named by the incident', async () => {
    const capture = await imported();
    const { rows } = await t.client.incidents.list({ capture });
    expect(rows.map(({ title }) => title)).toContainEqual(expect.stringContaining('One'));
    expect((await t.client.rules.list({ show: 'hit' })).rows).toMatchObject([
      { sid: one, hits: 2, lastCapture: capture },
    ]);
    expect((await sources()).find(({ id }) => id === set)).toMatchObject({ hits: 2 });
    expect((await t.client.rules.list({ detectors: [`sigma:${ID}`, 'beacon'] })).rows).toMatchObject([{ sid: one }]);
    expect((await t.client.rules.list({ detectors: ['beacon'] })).rows).toEqual([]);
  });

  it(
    'are switched one by one, by level and as a set',
    async () => {
      const client = t.client.rules;
      const told = async (): Promise<boolean> =>
        (await titles(await imported())).some((title) => title.includes('One'));
      await client.setRules({ sids: [one], enabled: false });
      expect((await client.list({ show: 'off' })).rows).toMatchObject([{ sid: one, state: 'off' }]);
      expect(await told()).toBe(false);
      await client.setRules({ sids: [one], enabled: true });
      await client.setClass({ classtype: 'sigma-high', enabled: false });
      expect((await client.list({ show: 'off' })).rows.map(({ state }) => state)).toEqual(['class-off', 'class-off']);
      await client.setClass({ classtype: 'sigma-high', enabled: true });
      await client.setEnabled({ id: set, enabled: false });
      expect((await client.list({ show: 'off' })).rows.map(({ state }) => state)).toEqual(['set-off', 'set-off']);
      await client.setEnabled({ id: set, enabled: true });
      expect(await told()).toBe(true);
    },
    SLOW,
  );

  it('keep their number and their hits when they are read again', async () => {
    writeFileSync(file('set/a.yml'), `${sigma('One, renamed', '/EVIL?', `id: ${ID}\n`)}---\n${sigma('Four', '/x')}`);
    const { source, diff } = await t.client.rules.update({ id: set });
    expect(diff).toMatchObject({ added: 1, changed: 1, gone: 1, names: { gone: ['Two'] } });
    expect(source).toMatchObject({ kind: 'sigma', rules: 2 });
    expect((await t.client.rules.list({ search: ID })).rows).toMatchObject([{ sid: one, hits: 4 }]);
  });

  it('count and meet, also where a rule they need stands in another file', async () => {
    const text = `title: Often\ncorrelation:\n  type: event_count\n  rules: base\n  group-by: [id.orig_h]\n  timespan: 1h\n  condition:\n    gte: 2\n`;
    writeFileSync(file('base.yml'), sigma('Base', '/EVIL', 'name: base\n'));
    writeFileSync(file('often.yml'), text);
    const asked = [path('often.yml'), path('base.yml')];
    const { source } = await t.client.rules.add({ kind: 'sigma', name: 'Counts', sources: asked });
    expect(source).toMatchObject({ rules: 2, refused: 0 });
    await imported();
    const { rows } = await t.client.rules.list({ source: source.id, show: 'hit' });
    expect(rows).toMatchObject([{ message: 'Often', hits: 1 }]);
    await t.client.rules.remove({ id: source.id });
  });

  it('come as one text from a browser, each file with its name', async () => {
    const parts = [`${SIGMA_FILE_MARK}good.yml\n${sigma('Good', '/a')}`, `${SIGMA_FILE_MARK}bad.yml\ntitle: Bad\n`];
    writeFileSync(file('bundle.yml'), parts.join(''));
    const { source } = await t.client.rules.add({ kind: 'sigma', sources: [path('bundle.yml')] });
    expect(source).toMatchObject({ rules: 1, refused: 1 });
    expect((await t.client.rules.refused({ source: source.id })).rows).toMatchObject([{ file: 'bad.yml', line: 1 }]);
    await t.client.rules.remove({ id: source.id });
  });

  it('are no rules in Suricata’s language, and such rules are none of them', async () => {
    expect((await failure(t.client.rules.add({ kind: 'rules', sources: [path('base.yml')] }))).cure).toContain(
      'add them as Sigma rules',
    );
    writeFileSync(file('none.yml'), '# nothing\n');
    const none = await failure(t.client.rules.add({ kind: 'sigma', sources: [path('none.yml')] }));
    expect(none.message).toContain('no Sigma rule stands in it');
    mkdirSync(file('empty'));
    const empty = await failure(t.client.rules.add({ kind: 'sigma', sources: [path('empty')] }));
    expect(empty.message).toContain('no file in it ends in .yml');
  });
});

describe('a Sigma rule that is tried', () => {
  it('names the flows it hits, and keeps nothing', async () => {
    const capture = await imported();
    const tried = await t.client.rules.try({ capture, text: sigma('Mine', '/EVIL?1') });
    expect(tried).toMatchObject({ loaded: 1, refused: [], hitsTotal: 1, complete: true, packets: 16 });
    const [hit] = tried.hits;
    expect(hit).toMatchObject({ message: 'Mine', source: '192.168.1.10', target: '203.0.113.5', targetPort: 80 });
    const { flow } = await t.client.flows.get({ capture, id: hit!.flow! });
    expect(flow).toMatchObject({ origP: 40_001 });
    expect((await t.client.rules.list({ search: 'Mine' })).total).toBe(0);
  });

  it('says by line and key why it is none', async () => {
    const capture = await imported();
    const text = sigma('Bad', '/x').replace('uri|contains', 'frobnicate|contains');
    const { loaded, refused } = await t.client.rules.try({ capture, text });
    expect(loaded).toBe(0);
    expect(refused).toMatchObject([{ line: 8, column: 5, keyword: 'frobnicate' }]);
  });
});

describe('a session', () => {
  it(
    'goes on by Sigma rules and lists that come while it runs, and counts what they find',
    async () => {
      for (const { id } of await sources()) await t.client.rules.remove({ id });
      const notices: string[] = [];
      const end = t.client.live.ticks(
        {},
        { next: (event) => void (event.type === 'notice' && notices.push(event.notice.message)) },
      );
      await t.client.live.start({ kind: 'file', file: path('long.pcap'), speed: 2 });
      writeFileSync(file('live.yml'), sigma('While it runs', '/EVIL'));
      writeFileSync(file('bad.txt'), '203.0.113.5\n');
      await t.client.rules.add({ kind: 'sigma', sources: [path('live.yml')] });
      await t.client.rules.add({ kind: 'list', sources: [path('bad.txt')] });
      await expect.poll(() => notices, { timeout: 20_000 }).toContain('Lists were changed: 1 indicator is in force.');
      expect(notices).toContain('Sigma rules were changed: 1 is in force.');
      const state = async () => (await t.client.live.session({})).session?.state;
      await expect.poll(state, { timeout: 60_000 }).toBe('ended');
      end();
      for (const { hits } of await sources()) {
        expect(hits).toBeGreaterThan(0);
        expect(hits).toBeLessThanOrEqual(8);
      }
      const capture = (await t.client.live.session({})).session!.capture!;
      expect(await titles(capture)).toContainEqual(expect.stringContaining('While it runs'));
    },
    SLOW,
  );
});
