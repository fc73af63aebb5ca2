/** A desk that cannot be opened: the right words and exit code, and what was there is left as it is. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../src-main/keep/store/client.ts';
import { claimDatabase } from '../../../src-main/keep/store/claim.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { MAIN, type Ran } from '../cli/run.ts';

const SLOW = 180_000;

let folder: string;
let taken: Server;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-open-failures-'));
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
});
afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});

const db = (name: string): string => join(folder, name);

/** Ends by itself where it cannot be opened; one that opens is ended. */
function serve(args: readonly string[], whenOpen?: (line: string) => void): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_DATA_HOME: folder, XDG_STATE_HOME: folder },
  });
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (!stdout.includes('\n')) return;
    whenOpen?.(stdout);
    child.kill('SIGTERM');
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

async function sound(name: string): Promise<string> {
  await (await openStore(db(name), workerUrl('keep/store/store.worker'))).close();
  return db(name);
}

function changed(path: string, sql: string): void {
  const opened = new Database(path);
  opened.exec(sql);
  opened.close();
}

describe('a desk that cannot be opened', { timeout: SLOW }, () => {
  it('because its port is taken says which, and what to do', async () => {
    const { port } = taken.address() as AddressInfo;
    const ran = await serve(['--port', String(port)]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(new RegExp(`^sonde: .*${port}.*\\. \\S.*\\.\\n$`));
    expect(ran.stderr).not.toContain('an error of ours');
  });

  it('because its database is none, or is damaged, leaves it as it is', async () => {
    const path = await sound('cut.db');
    const cut = Buffer.from(readFileSync(path));
    cut.fill(0xa5, 100, cut.length);
    for (const [name, bytes, words] of [
      ['text.db', Buffer.from('text, not a database '.repeat(60)), 'not a database'],
      ['cut.db', cut, 'the database is damaged; it was left as it is'],
    ] as const) {
      writeFileSync(db(name), bytes);
      const ran = await serve(['--db', db(name)]);
      expect(ran, name).toMatchObject({ code: 3, stdout: '' });
      expect(ran.stderr).toContain(`${db(name)}: ${words}`);
      expect(readFileSync(db(name)).equals(bytes)).toBe(true);
    }
  });

  it('because of what is kept in the database says so, and that another can be opened', async () => {
    const path = await sound('odd.db');
    changed(
      path,
      "INSERT INTO suppressions (scope, reason, author, created_at, enabled) VALUES ('{', '', 'ann', 0, 1)",
    );
    const ran = await serve(['--db', path]);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toContain(`${path}: what is kept there cannot be used (`);
    expect(ran.stderr).toContain('Restore the database from a copy, or open another one.');
  });

  it('because another desk has the database says that', async () => {
    const path = await sound('busy.db');
    const claim = claimDatabase(path);
    const ran = await serve(['--db', path]);
    claim.release();
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(ran.stderr).toContain(`${path}: another desk has it open. `);
  });

  it('opens all the same where only the port of its metrics is taken', async () => {
    const path = await sound('metrics.db');
    const { port } = taken.address() as AddressInfo;
    changed(path, `INSERT INTO settings (key, value) VALUES ('alerts', '{"metricsPort": ${port}}')`);
    const ran = await serve(['--db', path]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('sonde.serve/1');
  });
});
