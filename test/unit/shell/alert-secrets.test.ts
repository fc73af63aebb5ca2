/** Secrets of alert channels: from the engine to the keychain and back, and to the key file where there is no keychain. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemorySecrets } from '../../../src-main/keep/alerts/secrets.ts';
import { EngineSecrets, keychainName, type SecretAsked } from '../../../src-main/run/shell/engine-secrets.ts';
import { fromEngine } from '../../../src-main/run/shell/messages.ts';
import { runDesktop, type Running } from './double/desktop.ts';

const SLOW = 180_000;
const SECRET = 'planted-secret-8d41f0';

describe('the engine', () => {
  const file = new MemorySecrets();
  const asked: SecretAsked[] = [];
  const secrets = new EngineSecrets((message) => void asked.push(message as SecretAsked), file);
  beforeEach(() => void (asked.length = 0));
  const answer = (value: string | null, code?: 'not-permitted' | 'read-failed'): void => {
    const { request } = asked.at(-1) ?? { request: 0 };
    const error = code ? { code, message: 'no', where: '', cure: '', at: null } : null;
    secrets.take({ type: 'secret-answer', request, value, error });
  };

  it('asks the main process by names that tell nothing, in messages that fit', async () => {
    const found = secrets.get('ops.token');
    expect(asked).toMatchObject([{ what: 'get', name: keychainName('ops.token'), secret: '' }]);
    expect(JSON.stringify(asked)).not.toContain('ops');
    for (const message of asked) expect(fromEngine.parse(message)).toEqual(message);
    answer(SECRET);
    expect(await found).toBe(SECRET);
    expect(fromEngine.safeParse({ ...asked[0], name: 'smtp' }).success).toBe(false);
  });

  it('keeps them in the key file where there is no keychain, and finds them there', async () => {
    const kept = secrets.set('ops.token', SECRET);
    answer(null, 'not-permitted');
    await kept;
    expect(await file.get('ops.token')).toBe(SECRET);
    const found = secrets.get('ops.token');
    answer(null);
    expect(await found).toBe(SECRET);
  });

  it('takes them out of the key file once there is a keychain', async () => {
    const kept = secrets.set('ops.token', SECRET);
    answer(null);
    await kept;
    expect(await file.get('ops.token')).toBeNull();
  });

  it('hands on that the keychain fails', async () => {
    const found = secrets.get('ops.token');
    answer(null, 'read-failed');
    await expect(found).rejects.toMatchObject({ code: 'read-failed' });
  });
});

describe('the desk in a window', { timeout: SLOW }, () => {
  let running: Running | undefined;
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-alert-secrets-'))));
  afterEach(async () => {
    await running?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function sends(options: Parameters<typeof runDesktop>[0]): Promise<string | undefined> {
    let heard: string | undefined;
    const server = createServer((request, answer) => {
      heard = request.headers.authorization;
      answer.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    running = await runDesktop({ ...options, folder });
    const client = await running.connect();
    const { id } = await client.alerts.setChannel({
      name: 'Ops',
      kind: 'webhook',
      settings: { url, allowPrivate: true },
      secrets: { authorization: SECRET },
    });
    await client.alerts.test({ id });
    server.close();
    return heard;
  }

  it('keeps them in the keychain', async () => {
    expect(await sends({})).toBe(SECRET);
    const kept = readFileSync(join(folder, 'userData', 'secrets.json'), 'utf8');
    expect(kept).toContain(keychainName('ops.authorization'));
    expect(kept).not.toContain(SECRET);
    expect(existsSync(join(folder, 'data', 'sonde', 'alerts.secrets'))).toBe(false);
  });

  it('keeps them encrypted beside the database where the system has no keychain', async () => {
    expect(await sends({ keychain: 'basic_text' })).toBe(SECRET);
    const data = join(folder, 'data', 'sonde');
    expect(readFileSync(join(data, 'alerts.secrets'), 'utf8')).not.toContain(SECRET);
    expect(existsSync(join(folder, 'userData', 'secrets.json'))).toBe(false);
  });
});
