import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sessionFile } from '../../../src-main/run/serve/session-file.ts';
import { refused, Served } from './browser.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sonde-sessions-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('keeps who is signed in from start to start, in a file that lets nobody in', async () => {
  const path = join(folder, 'a.db');
  const first = await Served.start({ memory: sessionFile(path) });
  const { port } = first.server;
  const cookie = await first.cookie();
  const key = first.key(cookie);
  const gone = await first.cookie();
  await first.ask('DELETE', '/session', { origin: first.origin, cookie: gone });
  await first.stop();
  const text = readFileSync(`${path}.sessions`, 'utf8');
  expect(statSync(`${path}.sessions`).mode & 0o777).toBe(0o600);
  expect(text).not.toContain(key);
  expect(text).not.toContain(cookie.split('=')[1]!);

  const second = await Served.start({ memory: sessionFile(path), port });
  try {
    const headers = { origin: second.origin, cookie };
    (await second.socket(headers, '/socket', key)).terminate();
    expect(await refused(second.socket(headers, '/socket', 'another'))).toBe(401);
    expect(await refused(second.socket({ ...headers, cookie: gone }, '/socket', first.key(gone)))).toBe(401);
    // What stands in the file is of no use.
    const { id } = (JSON.parse(text) as { sessions: { id: string }[] }).sessions[0]!;
    const forged = `${cookie.split('=')[0]}=${id}`;
    expect((await second.ask('GET', '/session', { cookie: forged })).status).toBe(401);
  } finally {
    await second.stop();
  }
});

it('begins anew where the file is not one of ours', async () => {
  const path = join(folder, 'b.db');
  writeFileSync(`${path}.sessions`, '{"schema":"sonde.sessions/1","sessions":[{"id":"x"}]}');
  const s = await Served.start({ memory: sessionFile(path) });
  try {
    expect(await s.cookie()).toContain('sonde-');
  } finally {
    await s.stop();
  }
});
