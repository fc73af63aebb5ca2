import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword, readUsers, UserList, type User } from '../../../src-main/run/serve/users.ts';
import { schemaFaults } from '../../integration/serve/desk-client.ts';
import { refused, Served } from './browser.ts';

const PASSWORD = 'correct horse battery';
let users: User[];
let folder: string;
let s: Served;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-users-'));
  const password = await hashPassword(PASSWORD);
  users = [
    { name: 'vic', role: 'viewer', password },
    { name: 'ann', role: 'analyst', password },
  ];
  s = await Served.start({ users });
});
afterAll(async () => {
  await s.stop();
  rmSync(folder, { recursive: true });
});

describe('named users', () => {
  it('sign in with their password only', async () => {
    expect(s.server.url).not.toContain('token');
    expect(await s.cookie({ user: 'vic', password: PASSWORD })).toContain('sonde-');
    for (const body of [
      { user: 'vic', password: 'wrong password' },
      { user: 'nobody', password: PASSWORD },
      { user: '__proto__', password: '' },
      { token: '' },
    ]) {
      expect((await s.ask('POST', '/session', { origin: s.origin }, JSON.stringify(body))).status).toBe(401);
    }
  });

  it('may do what their role allows', async () => {
    const call = async (user: string, name: string, input: unknown): Promise<{ error?: { code: string } }> => {
      const socket = await s.socket({ origin: s.origin, cookie: await s.cookie({ user, password: PASSWORD }) });
      const answer = new Promise<string>((resolve) =>
        socket.once('message', (data: Buffer) => resolve(data.toString())),
      );
      socket.send(JSON.stringify({ type: 'call', id: 1, name, input }));
      const text = await answer;
      socket.terminate();
      return JSON.parse(text) as { error?: { code: string } };
    };
    expect(await call('vic', 'captures.list', {})).toMatchObject({ type: 'result' });
    expect((await call('vic', 'settings.set', { theme: 'dark' })).error?.code).toBe('not-allowed');
    expect((await call('vic', 'suppressions.create', { scope: { kind: 'dga' } })).error?.code).toBe('not-allowed');
    expect(await call('ann', 'suppressions.create', { scope: { kind: 'dga' } })).toMatchObject({
      type: 'result',
      output: { author: 'ann' },
    });
    const cookie = await s.cookie({ user: 'vic', password: PASSWORD });
    expect(
      (await s.ask('POST', '/upload?name=x', { origin: s.origin, cookie, 'x-sonde-key': s.key(cookie) }, 'x')).status,
    ).toBe(403);
  });

  it('cannot be guessed quickly, and strangers do not shut the owner of a name out', async () => {
    let now = 0;
    const other = await Served.start({ users, now: () => now });
    try {
      const attempt = async (password: string, localAddress = '127.0.0.1'): Promise<number> => {
        const body = JSON.stringify({ user: 'vic', password });
        return (await other.ask('POST', '/session', { origin: other.origin }, body, localAddress)).status;
      };
      for (let i = 0; i < 5; i++) expect(await attempt('wrong password', '127.0.0.5')).toBe(401);
      expect(await attempt(PASSWORD, '127.0.0.5')).toBe(429);
      expect(await refused(other.socket({ origin: other.origin }))).toBe(401);
      expect(await attempt(PASSWORD)).toBe(200);
      now += 1001;
      expect(await attempt(PASSWORD, '127.0.0.5')).toBe(200);
      // From many addresses, each within its own bound: the name itself is slowed down, by ten seconds at the most.
      for (let i = 0; i < 15; i++) expect(await attempt('wrong password', `127.0.1.${i}`)).toBe(401);
      expect(await attempt('wrong password', '127.0.1.30')).toBe(429);
      now += 10_001;
      expect(await attempt(PASSWORD)).toBe(200);
    } finally {
      await other.stop();
    }
  });

  it('names nobody in the log whom a stranger typed, and no character that hides or turns text', async () => {
    const other = await Served.start({ users });
    try {
      const body = JSON.stringify({ user: 'sonde\n\u202e', password: 'wrong password' });
      await other.ask('POST', '/session', { origin: other.origin }, body);
      const { rows } = await other.desk.readers.ask('listAudit', [{ search: '', limit: 10 }]);
      expect(rows[0]).toMatchObject({ user: '(not signed in)', action: 'sign-in-refused', detail: 'as sonde??' });
    } finally {
      await other.stop();
    }
  });

  it('take as long to refuse whether they exist or not', async () => {
    const list = new UserList(users);
    const time = async (name: string): Promise<number> => {
      const started = performance.now();
      await list.check(name, 'wrong password');
      return performance.now() - started;
    };
    await time('vic');
    const [known, unknown] = [await time('vic'), await time('nobody')];
    expect(unknown).toBeGreaterThan(known / 4);
  });
});

describe('the users file', () => {
  const read = (text: string): User[] => {
    const path = join(folder, 'users.json');
    writeFileSync(path, text);
    return readUsers(path);
  };
  const file = (list: unknown): string => JSON.stringify({ schema: 'sonde.users/1', users: list });

  it('is read when it is right', () => {
    expect(schemaFaults('sonde.users-1', JSON.parse(file(users)))).toBeNull();
    expect(read(file(users))).toEqual(users);
  });

  it.each([
    ['no JSON', 'not', 'is not JSON'],
    ['a password in the clear', file([{ name: 'ann', role: 'admin', password: 'secret' }]), 'users.0.password'],
    ['an unknown role', file([{ name: 'ann', role: 'god', password: 'scrypt$1$1$1$a$a' }]), 'users.0.role'],
    ['nobody', file([]), 'users'],
  ])('is refused with %s', (_, text, message) => expect(() => read(text)).toThrow(message));

  it('is refused with a user twice, or where it is missing', () => {
    expect(() => read(file([users[0], users[0]]))).toThrow('vic stands there twice');
    expect(() => readUsers(join(folder, 'nowhere.json'))).toThrow('no such file');
  });

  it('holds hashes that differ for the same password, and no short password', async () => {
    expect(await hashPassword(PASSWORD)).not.toBe(users[0]!.password);
    await expect(hashPassword('short')).rejects.toThrow('10 to 1024 characters');
  });
});
