import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimDatabase } from '../../../src-main/keep/store/claim.ts';
import { askWith, handOver, newKey, postNotice } from '../../../src-main/run/serve/hand-over.ts';
import { Served, type Answered } from './browser.ts';

const key = newKey();
let folder: string;
let opened: (readonly string[])[];
let s: Served;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-hand-over-'));
  s = await Served.start({ handOver: { key, open: (files) => opened.push(files) } });
});
afterAll(async () => {
  await s.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => (opened = []));

const FILES = '{"files":["/etc/passwd"]}';

function ask(headers: Record<string, string>, body = FILES): Promise<Answered> {
  return s.ask('POST', '/open', headers, body);
}

const proven = (body: string, by = key): { authorization: string } => ({
  authorization: askWith(by, body).authorization,
});

describe('opening files of this machine in a desk that runs', () => {
  it('needs the key, which is neither the token nor a session', async () => {
    const other = await Served.start({ handOver: { key, open: (files) => opened.push(files) } });
    const cookie = await other.cookie();
    const headers: Record<string, string>[] = [
      {},
      { cookie },
      { authorization: `Bearer ${other.token}`, cookie },
      { authorization: key },
      { authorization: `Bearer ${key}` },
      proven('{"files":[]}', key.slice(1)),
      proven('{"files":["/another"]}'),
    ];
    try {
      for (const each of headers)
        expect([401, 429]).toContain((await other.ask('POST', '/open', each, '{"files":[]}')).status);
      expect(opened).toEqual([]);
      // Others of this machine cannot shut its owner out by guessing.
      const body = '{"files":["/x.pcap"]}';
      expect((await other.ask('POST', '/open', proven(body), body)).status).toBe(200);
      expect(opened).toEqual([['/x.pcap']]);
      opened = [];
    } finally {
      await other.stop();
    }
  });

  it('is not for pages, not even ours with the key', async () => {
    const { authorization } = proven(FILES);
    expect((await ask({ authorization, origin: s.origin })).status).toBe(403);
    expect((await ask({ authorization, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await ask({ authorization, host: `evil.example:${s.server.port}` })).status).toBe(403);
    expect((await s.ask('GET', '/open', { authorization })).headers['content-type']).toContain('text/html');
    expect(opened).toEqual([]);
  });

  it('takes a list of files and nothing else', async () => {
    for (const body of ['', 'null', '{}', '{"files":[1]}', '{"files":[""]}', '{"files":[],"more":1}'])
      expect((await ask(proven(body), body)).status).toBe(400);
    expect(opened).toEqual([]);
    const good = await ask(proven(FILES));
    const url = `${s.server.url}/open?job=1`;
    expect(JSON.parse(good.body)).toEqual({ url, pid: process.pid, proof: expect.stringMatching(/^[\w-]{43}$/) });
    expect(opened).toEqual([['/etc/passwd']]);
    const none = '{"files":[]}';
    expect(JSON.parse((await ask(proven(none), none)).body)).toMatchObject({ url: s.server.url });
  });

  it('is not there unless it was asked for', async () => {
    const plain = await Served.start();
    try {
      expect((await plain.ask('POST', '/open', proven(FILES), FILES)).status).toBe(400);
    } finally {
      await plain.stop();
    }
  });
});

describe('the notice beside the database', () => {
  it('is for its owner’s eyes, leads to the desk, and goes with it', async () => {
    const database = join(folder, 'a.db');
    const remove = postNotice(database, s.origin, key);
    expect(statSync(`${database}.desk`).mode & 0o777).toBe(0o600);
    expect(await handOver(database, ['/x.pcap'])).toMatchObject({ url: `${s.server.url}/open?job=1` });
    expect(opened).toEqual([['/x.pcap']]);
    remove();
    expect(await handOver(database, ['/x.pcap'])).toBeNull();
  });

  it('sends the key nowhere but to this machine, and believes no other answer', async () => {
    const database = join(folder, 'b.db');
    const notice = (origin: string): void =>
      writeFileSync(`${database}.desk`, JSON.stringify({ schema: 'sonde.desk/1', origin, key }));
    for (const origin of ['http://evil.example:80', 'https://127.0.0.1:1', 'http://127.0.0.1:1@evil.example:80']) {
      notice(origin);
      expect(await handOver(database, [])).toBeNull();
    }
    const seen: string[] = [];
    const stranger = createServer((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    try {
      notice(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}`);
      expect(await handOver(database, [])).toBeNull();
      expect(seen).toEqual(['/open']);
    } finally {
      stranger.close();
    }
  });

  it('of a desk that was killed may lead to a stranger: who learns no key, and is not believed', async () => {
    const database = join(folder, 'killed.db');
    const heard: string[] = [];
    const stranger = createServer((request, response) => {
      heard.push(JSON.stringify(request.headers));
      const proof = 'a'.repeat(43);
      response.end(JSON.stringify({ url: 'http://evil.example/\u001b[2J', pid: 1, proof }));
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    try {
      postNotice(database, `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`, key);
      expect(await handOver(database, ['/x.pcap'])).toBeNull();
      expect(heard).toHaveLength(1);
      expect(heard[0]).not.toContain(key);
    } finally {
      stranger.close();
    }
  });
});

describe('one desk a database', () => {
  it('holds for as long as the desk, and can be had again after it', () => {
    const database = join(folder, 'c.db');
    const claim = claimDatabase(database);
    expect(() => claimDatabase(database)).toThrow('another desk has it open');
    claim.release();
    claimDatabase(database).forget();
    claimDatabase(database).release();
  });
});
