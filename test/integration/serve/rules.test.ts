/** Rules and lists of the desk: kept, brought up to date, switched, applied to captures and sessions, tried. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeskClient } from '../../../src-shared/contract/index.ts';
import { columnOf } from '../../../src-main/run/api/rules/tried.ts';
import { pcapFile } from '../../generator/write.ts';
import { Talk } from '../../unit/signatures/talk.ts';
import { failure, followed, testDesk, type Testing } from './desk-client.ts';

const SLOW = 120_000;
let folder = '';
let t: Testing;
const file = (name: string): string => join(folder, name);
const path = (name: string) => ({ kind: 'path' as const, path: file(name) });

const rule = (sid: number, content: string, more = ''): string =>
  `alert http any any -> any any (msg:"Rule ${sid}"; http.uri; content:"${content}"; classtype:web-application-attack; ${more}sid:${sid};)`;

/** Connections that ask for /EVIL, two seconds apart. */
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
  folder = mkdtempSync(join(tmpdir(), 'sonde-desk-rules-'));
  mkdirSync(file('own'));
  writeFileSync(file('own/own.rules'), rule(9_000_001, 'never-there'));
  writeCapture('talk.pcap', 2);
  writeCapture('long.pcap', 8);
  t = await testDesk({ database: file('desk.db'), ownRules: file('own') });
}, SLOW);
afterAll(async () => {
  await t.desk.close();
  rmSync(folder, { recursive: true, force: true });
}, SLOW);

async function imported(client: DeskClient, name = 'talk.pcap'): Promise<number> {
  const { job } = await client.captures.import({ sources: [path(name)] });
  const last = (await followed(client, job)).at(-1)!;
  expect(last).toMatchObject({ stage: 'done', error: null });
  return last.capture!;
}

const sources = async () => (await t.client.rules.sources({})).sources;

describe('rules of the desk', () => {
  let set = 0;

  it('begin with Sonde’s own, which can be switched off and not removed', async () => {
    const [own] = await sources();
    expect(own).toMatchObject({ origin: 'own', kind: 'rules', rules: 1, enabled: true, path: '', hits: 0 });
    expect((await failure(t.client.rules.remove({ id: own!.id }))).message).toContain('cannot be removed');
    expect((await failure(t.client.rules.update({ id: own!.id }))).code).toBe('bad-request');
    await t.client.rules.setEnabled({ id: own!.id, enabled: false });
    expect((await t.client.rules.list({ show: 'off' })).rows).toMatchObject([{ sid: 9_000_001, state: 'set-off' }]);
    await t.client.rules.setEnabled({ id: own!.id, enabled: true });
  });

  it('come from a folder; what is refused is named with file, line, number and keyword', async () => {
    mkdirSync(file('set'));
    writeFileSync(file('set/a.rules'), `# one\n${rule(1, '/EVIL')}\n${rule(2, '/OTHER')}\n`);
    writeFileSync(file('set/b.rules'), 'alert tcp any any -> any any (frobnicate:1; sid:3;)');
    const { source, diff } = await t.client.rules.add({ kind: 'rules', name: 'My set', sources: [path('set')] });
    set = source.id;
    expect(source).toMatchObject({ name: 'My set', origin: 'path', rules: 2, refused: 1, off: 0, list: null });
    expect(diff).toMatchObject({ added: 2, changed: 0, gone: 0, compared: true });
    const { rows } = await t.client.rules.refused({ search: 'frobni' });
    expect(rows).toMatchObject([{ source: set, line: 1, sid: 3, keyword: 'frobnicate' }]);
    expect(rows[0]!.file).toContain('b.rules');
  });

  it('that are Sigma rules, or none at all, are refused; a set of which nothing can be loaded is not switched on', async () => {
    writeFileSync(
      file('login.yml'),
      'title: A\nlogsource:\n  category: dns\ndetection:\n  a:\n    query: x\n  condition: a\n',
    );
    const sigma = await failure(t.client.rules.add({ kind: 'rules', sources: [path('login.yml')] }));
    expect(sigma.message).toContain('these are Sigma rules; use --sigma');
    expect(sigma.cure).toContain('add them as Sigma rules');
    const capture = await failure(t.client.rules.add({ kind: 'rules', sources: [path('talk.pcap')] }));
    expect(capture.message).toContain('an unreadable rules file');
    const before = (await sources()).length;
    writeFileSync(file('odd.rules'), 'alert tcp any any -> any any (frobnicate:1; sid:31;)\n');
    const { source } = await t.client.rules.add({ kind: 'rules', sources: [path('odd.rules')] });
    expect(source).toMatchObject({ rules: 0, refused: 1, enabled: false });
    expect((await t.client.audit.list({ search: 'odd.rules' })).rows[0]?.detail).toContain('not switched on');
    await t.client.rules.remove({ id: source.id });
    expect(await sources()).toHaveLength(before);
  });

  it('are looked by when a capture is opened, and count what they found', async () => {
    const capture = await imported(t.client);
    const { rows } = await t.client.incidents.list({ capture });
    expect(rows.map(({ title }) => title)).toContainEqual(expect.stringContaining('Rule 1'));
    const hit = await t.client.rules.list({ show: 'hit' });
    expect(hit.rows).toMatchObject([{ sid: 1, hits: 2, lastCapture: capture, state: 'on' }]);
    expect((await sources()).find(({ id }) => id === set)).toMatchObject({ hits: 2 });
    await imported(t.client);
    expect((await t.client.rules.list({ show: 'hit' })).rows).toMatchObject([{ sid: 1, hits: 4 }]);
  });

  it('are searched, and come page by page', async () => {
    expect((await t.client.rules.list({ search: '/OTHER' })).rows.map(({ sid }) => sid)).toEqual([2]);
    const first = await t.client.rules.list({ limit: 2 });
    expect(first).toMatchObject({ total: 3, rows: [{ sid: 1 }, { sid: 2 }] });
    const second = await t.client.rules.list({ limit: 2, cursor: first.next! });
    expect(second).toMatchObject({ rows: [{ sid: 9_000_001 }], next: null });
    expect((await failure(t.client.rules.list({ cursor: 'x' }))).code).toBe('bad-request');
  });

  it(
    'are switched by number and by class',
    async () => {
      const quiet = async (): Promise<void> => {
        const { rows } = await t.client.incidents.list({ capture: await imported(t.client) });
        expect(rows.map(({ title }) => title).filter((title) => title.includes('Rule'))).toEqual([]);
      };
      await t.client.rules.setRules({ sids: [1], enabled: false });
      expect((await t.client.rules.list({ show: 'off' })).rows).toMatchObject([{ sid: 1, state: 'off' }]);
      await quiet();
      await t.client.rules.setRules({ sids: [1], enabled: true });
      await t.client.rules.setClass({ classtype: 'web-application-attack', enabled: false });
      expect((await t.client.rules.classes({})).classes).toEqual([
        { classtype: 'web-application-attack', rules: 3, hits: 4, enabled: false },
      ]);
      await quiet();
      await t.client.rules.setClass({ classtype: 'web-application-attack', enabled: true });
      expect((await t.client.rules.list({ show: 'off' })).total).toBe(0);
    },
    SLOW,
  );

  it('are read again from where they lie, with what is new, changed and gone', async () => {
    writeFileSync(file('set/a.rules'), `${rule(1, '/EVIL', 'rev:2; ')}\n${rule(4, '/NEW')}\n`);
    const { source, diff } = await t.client.rules.update({ id: set });
    expect(source).toMatchObject({ rules: 2, refused: 1 });
    expect(diff).toMatchObject({ added: 1, changed: 1, gone: 1, same: 0 });
    expect(diff.names).toEqual({ added: ['4 Rule 4'], changed: ['1 Rule 1'], gone: ['2 Rule 2'] });
    expect((await t.client.rules.list({ source: set, search: 'EVIL' })).rows).toMatchObject([{ rev: 2, hits: 4 }]);
  });

  it('stay as they were where they cannot be read again', async () => {
    rmSync(file('set'), { recursive: true });
    expect((await failure(t.client.rules.update({ id: set }))).code).toBe('not-found');
    expect((await sources()).find(({ id }) => id === set)).toMatchObject({ rules: 2 });
    writeFileSync(file('other.rules'), rule(5, '/EVIL'));
    const { source } = await t.client.rules.update({ id: set, sources: [path('other.rules')] });
    expect(source).toMatchObject({ rules: 1, path: file('other.rules') });
  });

  it('are for viewers to see, and not to change', async () => {
    const viewer = t.as({ role: 'viewer' });
    expect((await viewer.rules.list({})).total).toBe(2);
    for (const asked of [
      viewer.rules.setEnabled({ id: set, enabled: false }),
      viewer.rules.setRules({ sids: [1], enabled: false }),
      viewer.rules.remove({ id: set }),
      viewer.rules.try({ capture: 1, text: rule(1, '/EVIL') }),
    ])
      expect((await failure(asked)).code).toBe('not-allowed');
  });
});

describe('a file that holds no rule', () => {
  it('is refused, and nothing is kept of it', async () => {
    writeFileSync(file('none.rules'), '# nothing\n');
    const before = await sources();
    const asked = t.client.rules.add({ kind: 'rules', sources: [path('none.rules')] });
    expect((await failure(asked)).message).toContain('no rule stands in it');
    expect(await sources()).toEqual(before);
  });
});

describe('lists of the desk', () => {
  let list = 0;
  const kept = (): string[] => readdirSync(file('desk.db.lists'));

  it('tell their entries, and those that are doubtful', async () => {
    writeFileSync(file('bad.txt'), '# sonde: threat command\n203.0.113.5\n8.8.8.8\nevil.example\nnot an entry !\n');
    const { source } = await t.client.rules.add({ kind: 'list', sources: [path('bad.txt')] });
    list = source.id;
    expect(source).toMatchObject({ name: 'bad.txt', kind: 'list', rules: 0, refused: 1, list: { entries: 3 } });
    expect(source.list?.doubtful).toEqual([expect.stringContaining('8.8.8.8 is a public resolver')]);
    expect((await t.client.rules.refused({ source: list })).rows).toMatchObject([{ file: 'bad.txt', line: 5 }]);
    expect(kept()).toHaveLength(1);
  });

  it(
    'are compared with captures, and what is allowed wins',
    async () => {
      await t.client.rules.setClass({ classtype: 'web-application-attack', enabled: false });
      const incidents = async (): Promise<{ kind: string; title: string; uid: string; capture: number }[]> =>
        (await t.client.incidents.list({ capture: await imported(t.client) })).rows;
      const found = async (): Promise<string[]> => (await incidents()).map(({ kind }) => kind);
      const one = (await incidents()).find(({ kind }) => kind === 'command-and-control')!;
      // By the name that people gave it, not by that of the copy in the data folder.
      expect(one.title).toContain('which bad.txt lists');
      const whole = await t.client.incidents.get({ capture: one.capture, uid: one.uid });
      expect(JSON.stringify(whole)).toContain('Listed by bad.txt: 203.0.113.5');
      expect(JSON.stringify(whole)).not.toMatch(/[0-9a-f]{32}\.list/);
      expect((await sources()).find(({ id }) => id === list)?.hits).toBeGreaterThan(0);
      writeFileSync(file('good.txt'), '203.0.113.0/24\n');
      const { source } = await t.client.rules.add({ kind: 'allow', sources: [path('good.txt')] });
      expect(await found()).not.toContain('command-and-control');
      await t.client.rules.remove({ id: source.id });
      expect(kept()).toHaveLength(1);
      await t.client.rules.setClass({ classtype: 'web-application-attack', enabled: true });
    },
    SLOW,
  );

  it(
    'are read again, and compared entry by entry',
    async () => {
      writeFileSync(file('bad.txt'), '203.0.113.5\nevil.example\nworse.example\n');
      const { diff, source } = await t.client.rules.update({ id: list });
      expect(diff).toMatchObject({ added: 1, gone: 2, compared: true });
      expect(source.list?.doubtful).toEqual([]);
      expect(kept()).toHaveLength(1);
      rmSync(join(file('desk.db.lists'), kept()[0]!));
      expect((await sources()).find(({ id }) => id === list)).toMatchObject({ missing: true });
      await imported(t.client);
      await t.client.rules.update({ id: list });
      expect((await sources()).find(({ id }) => id === list)).toMatchObject({ missing: false });
      await t.client.rules.remove({ id: list });
      expect(kept()).toEqual([]);
    },
    SLOW,
  );
});

describe('a rule that is tried', () => {
  it('names the flows it hits, and keeps nothing', async () => {
    const capture = await imported(t.client);
    const before = await t.client.rules.list({});
    const tried = await t.client.rules.try({ capture, text: rule(77, '/EVIL?1') });
    expect(tried).toMatchObject({ loaded: 1, refused: [], hitsTotal: 1, complete: true, packets: 16 });
    const [hit] = tried.hits;
    expect(hit).toMatchObject({ sid: 77, source: '192.168.1.10', sourcePort: 40_001, target: '203.0.113.5' });
    const { flow } = await t.client.flows.get({ capture, id: hit!.flow! });
    expect(flow).toMatchObject({ origP: 40_001, respP: 80 });
    expect(await t.client.rules.list({})).toEqual(before);
  });

  it(
    'says how often a text was longer than an expression looks through; so do captures that are opened',
    async () => {
      const body = `POST /long HTTP/1.1\r\nHost: h\r\nContent-Length: 20003\r\n\r\nxyz${'-'.repeat(20_000)}`;
      const talk = new Talk(80, 45_000).open();
      for (let at = 0; at < body.length; at += 1400) talk.up(body.slice(at, at + 1400));
      const frames = talk.close().frames;
      const packets = frames.map((data, k) => ({ ts: 1_700_000_100_000_000_000n + BigInt(k) * 1_000_000n, data }));
      writeFileSync(file('body.pcap'), pcapFile(packets));
      const long = `alert http any any -> any any (http.request_body; content:"xyz"; pcre:"/${'(?:ab?){500}'.repeat(2)}q/"; sid:88;)`;
      expect((await t.client.rules.sources({})).cut).toBeNull();
      const capture = await imported(t.client, 'body.pcap');
      const tried = await t.client.rules.try({ capture, text: `${long}\n${rule(77, '/long')}` });
      expect(tried).toMatchObject({ loaded: 2, hitsTotal: 1, cut: 1 });
      expect(await t.client.rules.try({ capture, text: rule(77, '/long') })).toMatchObject({ cut: 0 });
      writeFileSync(file('long.rules'), long);
      const { source } = await t.client.rules.add({ kind: 'rules', sources: [path('long.rules')] });
      await imported(t.client, 'body.pcap');
      await imported(t.client, 'body.pcap');
      const { cut } = await t.client.rules.sources({});
      expect(cut).toEqual({ looks: 2, lastAt: expect.any(Number) });
      expect((await t.client.rules.list({ show: 'hit' })).rows.map(({ sid }) => sid)).not.toContain(0);
      await t.client.rules.remove({ id: source.id });
    },
    SLOW,
  );

  it('says by line, column and keyword why it is none', async () => {
    const capture = await imported(t.client);
    const text = `# a remark\nalert tcp any any -> any any (content:"frob"; frobnicate; sid:3;)`;
    const tried = await t.client.rules.try({ capture, text });
    expect(tried).toMatchObject({ loaded: 0, packets: 0 });
    expect(tried.refused).toEqual([
      {
        line: 2,
        column: text.split('\n')[1]!.indexOf('frobnicate') + 1,
        keyword: 'frobnicate',
        reason: expect.any(String),
      },
    ]);
  });

  it('is given up when nobody waits for it any more', async () => {
    const capture = await imported(t.client);
    const stop = new AbortController();
    const asked = t.client.rules.try({ capture, text: rule(1, '/EVIL') }, { signal: stop.signal });
    stop.abort();
    expect((await failure(asked)).code).toBe('cancelled');
  });

  it('knows the place of a word', () => {
    expect(columnOf('alert tcp any any (msg:"pcre"; pcre:"/a(?=b)/";)', 'pcre')).toBe(32);
    expect(columnOf('alert foo any any -> any any (sid:1;)', 'protocol')).toBe(0);
  });
});

describe('a session', () => {
  it(
    'goes on by rules that are switched on while it runs, and counts what they find',
    async () => {
      writeFileSync(file('live.rules'), rule(500, '/EVIL', 'rev:1; '));
      const added = await t.client.rules.add({ kind: 'rules', name: 'Live', sources: [path('live.rules')] });
      await t.client.rules.setEnabled({ id: added.source.id, enabled: false });
      const notices: string[] = [];
      const end = t.client.live.ticks(
        {},
        { next: (event) => void (event.type === 'notice' && notices.push(event.notice.message)) },
      );
      await t.client.live.start({ kind: 'file', file: path('long.pcap'), speed: 2 });
      await t.client.rules.setEnabled({ id: added.source.id, enabled: true });
      await expect
        .poll(() => notices, { timeout: 20_000 })
        .toContainEqual(expect.stringContaining('Rules were changed'));
      const state = async () => (await t.client.live.session({})).session?.state;
      await expect.poll(state, { timeout: 60_000 }).toBe('ended');
      end();
      const { rows } = await t.client.rules.list({ search: 'Rule 500' });
      expect(rows[0]!.hits).toBeGreaterThan(0);
      expect(rows[0]!.hits).toBeLessThanOrEqual(8);
      await t.client.rules.remove({ id: added.source.id });
    },
    SLOW,
  );
});
