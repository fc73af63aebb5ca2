import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolved } from '../../../src-main/keep/alerts/document.ts';
import { KeyFileSecrets } from '../../../src-main/keep/alerts/key-file.ts';
import { redacted } from '../../../src-main/keep/alerts/redact.ts';
import { checkedSettings, destination, divided, secretTexts } from '../../../src-main/keep/alerts/settings.ts';
import { needs } from '../../setup/skip.ts';
import { fake } from './made.ts';

const SLOW = 60_000;
const KEY_FILE = new URL('../../../src-main/keep/alerts/key-file.ts', import.meta.url).href;
const SECRET = 'correct horse battery staple';
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-secrets-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kind = fake(() => Promise.resolve({ words: '' }));
const whole = { url: 'https://example.com/x' };

describe('secrets in files', () => {
  it('come back by their names, also to another program, and can be forgotten', async () => {
    const secrets = new KeyFileSecrets(folder);
    expect(await secrets.get('hook.token')).toBeNull();
    await secrets.set('hook.token', SECRET);
    await secrets.set('mail.password', 'other');
    expect(await new KeyFileSecrets(folder).get('hook.token')).toBe(SECRET);
    await secrets.set('hook.token', '');
    expect(await secrets.get('hook.token')).toBeNull();
    expect(await secrets.get('mail.password')).toBe('other');
  });

  it('never stand in a file as they are, and cannot be put in the place of others', async () => {
    const secrets = new KeyFileSecrets(folder);
    await secrets.set('hook.token', SECRET);
    for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name), 'latin1')).not.toContain(SECRET);
    const path = join(folder, 'alerts.secrets');
    const held = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    writeFileSync(path, JSON.stringify({ 'other.token': held['hook.token'] }), { mode: 0o600 });
    await expect(secrets.get('other.token')).rejects.toMatchObject({ code: 'read-failed' });
  });

  needs(process.platform !== 'win32', 'written for Linux')('are for their owner alone, or refused', async () => {
    const secrets = new KeyFileSecrets(folder);
    await secrets.set('hook.token', SECRET);
    for (const name of ['alerts.key', 'alerts.secrets']) {
      const path = join(folder, name);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      chmodSync(path, 0o640);
      const words = expect.stringContaining('open to others (mode 640)') as string;
      await expect(secrets.get('hook.token')).rejects.toMatchObject({ code: 'not-permitted', message: words });
      await expect(secrets.set('hook.token', 'x')).rejects.toMatchObject({ code: 'not-permitted' });
      chmodSync(path, 0o600);
    }
    expect(await secrets.get('hook.token')).toBe(SECRET);
  });

  it('are not replaced where the key is damaged or gone', async () => {
    const secrets = new KeyFileSecrets(folder);
    await secrets.set('hook.token', SECRET);
    writeFileSync(join(folder, 'alerts.key'), 'nonsense\n', { mode: 0o600 });
    await expect(secrets.set('hook.token', 'x')).rejects.toMatchObject({ code: 'read-failed' });
    rmSync(join(folder, 'alerts.key'));
    const missing = { code: 'read-failed', message: expect.stringContaining('alerts.key is missing') as string };
    await expect(secrets.get('hook.token')).rejects.toMatchObject(missing);
    await expect(secrets.set('mail.token', 'x')).rejects.toMatchObject(missing);
    expect(readdirSync(folder)).toEqual(['alerts.secrets']);
  });

  needs(process.platform !== 'win32', 'written for Linux')('need a folder to which nobody else may write', async () => {
    const secrets = new KeyFileSecrets(folder);
    await secrets.set('hook.token', SECRET);
    chmodSync(folder, 0o777);
    const refused = { code: 'not-permitted', message: expect.stringContaining('others may write to') as string };
    await expect(secrets.get('hook.token')).rejects.toMatchObject(refused);
    await expect(secrets.set('hook.token', 'x')).rejects.toMatchObject(refused);
    chmodSync(folder, 0o700);
    const getuid = process.getuid?.bind(process);
    process.getuid = () => 4_000_000;
    const foreign = { code: 'not-permitted', message: expect.stringContaining('belongs to another user') as string };
    try {
      await expect(secrets.get('hook.token')).rejects.toMatchObject(foreign);
    } finally {
      if (getuid) process.getuid = getuid;
    }
    expect(await secrets.get('hook.token')).toBe(SECRET);
  });

  it(
    'that two programs set at once are all kept, also where a third was killed while it had the lock',
    async () => {
      const lock = join(folder, 'alerts.secrets.lock');
      writeFileSync(lock, '');
      utimesSync(lock, 0, 0);
      const program = `import { KeyFileSecrets } from ${JSON.stringify(KEY_FILE)};
        const secrets = new KeyFileSecrets(${JSON.stringify(folder)});
        for (let n = 0; n < 20; n++) await secrets.set(process.argv[1] + '.' + n, 'x');`;
      const run = promisify(execFile);
      const one = (name: string): Promise<unknown> =>
        run(process.execPath, ['--input-type=module', '--eval', program, name]);
      await Promise.all([one('a'), one('b')]);
      const held = JSON.parse(readFileSync(join(folder, 'alerts.secrets'), 'utf8')) as object;
      expect(Object.keys(held)).toHaveLength(40);
      expect(readdirSync(folder).toSorted()).toEqual(['alerts.key', 'alerts.secrets']);
    },
    SLOW,
  );
});

describe('secrets by reference', () => {
  const from = (settings: object): Promise<unknown> =>
    resolved(
      kind,
      { id: 'hook', kind: 'fake', enabled: true, settings: { ...whole, ...settings } },
      new KeyFileSecrets(folder),
    );

  it('come from the environment, a file or the key file', async () => {
    await new KeyFileSecrets(folder).set('hook.token', SECRET);
    writeFileSync(join(folder, 'token.txt'), `${SECRET}\n`);
    process.env['SONDE_TEST_TOKEN'] = SECRET;
    for (const token of [{ env: 'SONDE_TEST_TOKEN' }, { file: join(folder, 'token.txt') }, { key: 'hook.token' }]) {
      expect(await from({ token })).toMatchObject({ token: SECRET, level: 3 });
    }
    delete process.env['SONDE_TEST_TOKEN'];
  });

  it.each([
    [{ token: { env: 'SONDE_TEST_NONE' } }, 'the variable SONDE_TEST_NONE is not set'],
    [{ token: { file: '/nowhere/token' } }, '/nowhere/token cannot be read (ENOENT)'],
    [{ token: { key: 'hook.token' } }, 'the key file has no secret hook.token'],
    [{ token: SECRET }, 'token is a secret and has to be a reference'],
    [{ url: { env: 'HOME' } }, 'url is no secret and cannot be a reference'],
    [{ nonsense: 'x' }, 'Fake has no field nonsense'],
  ])('that lead nowhere are told: %j', async (settings, words) => {
    const error = (await from(settings).catch((caught: unknown) => caught)) as Error;
    expect(error.message).toContain(words);
    expect(error.message).not.toContain(SECRET);
  });
});

describe('a file with a secret', () => {
  const from = (file: string): Promise<unknown> =>
    resolved(
      kind,
      { id: 'hook', kind: 'fake', enabled: true, settings: { ...whole, token: { file } } },
      new KeyFileSecrets(folder),
    );

  needs(process.platform === 'linux', 'written for Linux')('is a regular one, or refused at once', async () => {
    const pipe = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero', folder]) {
      await expect(from(path)).rejects.toThrow('is no regular file, or larger than a secret is');
    }
  });

  it('is no larger than 64 KiB', async () => {
    const path = join(folder, 'large');
    writeFileSync(path, 'x'.repeat(65_537));
    await expect(from(path)).rejects.toThrow('larger than a secret is');
  });
});

describe('settings of a channel', () => {
  const check = (given: Parameters<typeof checkedSettings>[1]): unknown =>
    checkedSettings(kind, { ...whole, ...given }, 'Ops');

  it('are complete with what is usual; lines may come as one text', () => {
    expect(check({ headers: 'A: b\n\nC: d\n', level: 2 })).toEqual({
      ...whole,
      headers: ['A: b', 'C: d'],
      level: 2,
      allowPrivate: false,
    });
  });

  it.each([
    [{ url: '' }, 'Ops: Address is missing'],
    [{ url: 'ftp://example.com' }, 'Ops: Address has to be an address like'],
    [{ url: `https://ann:${SECRET}@example.com/` }, 'Ops: Address must not hold a name and password'],
    [{ level: 6 }, 'Ops: Level has to be a number from 1 to 5'],
    [{ shape: 'b' }, 'Ops: Shape has to be one of a'],
    [{ allowPrivate: 'yes' }, 'Ops: Allow private has to be true or false'],
    [{ token: `${SECRET}\u0000` }, 'Ops: Token holds characters that nobody can see'],
    [{ token: SECRET.repeat(1000) }, 'Ops: Token may have 4096 characters at most'],
  ])('are refused by field, without what stands in it', (given, words) => {
    expect(() => check(given)).toThrow(words);
    expect(() => check(given)).not.toThrow(SECRET);
  });

  it('are divided into what is shown and what is not; headers are not', () => {
    const settings = { ...whole, token: 'ann:hunter2', headers: ['X-Key: abcdef'] };
    expect(divided(kind, settings)).toEqual({
      open: whole,
      secret: { token: 'ann:hunter2', headers: ['X-Key: abcdef'] },
    });
    expect(secretTexts(kind, settings)).toEqual(['ann:hunter2', 'X-Key: abcdef', 'hunter2', 'abcdef']);
  });

  it('lead to one place, whatever the path', () => {
    const to = (url: string): string => destination(kind, { url });
    expect(to('https://example.com/a')).toBe(to('https://example.com/b?c'));
    expect(to('https://example.com/')).not.toBe(to('https://example.org/'));
    expect(to('https://example.com/')).not.toBe(to('http://example.com/'));
  });
});

describe('words', () => {
  it('lose their secrets, however they are written', () => {
    const text = `a ${SECRET} b ${encodeURIComponent(SECRET)} c ${Buffer.from(SECRET).toString('base64')} d`;
    expect(redacted(text, [SECRET])).toBe('a [secret] b [secret] c [secret] d');
    expect(redacted('short abc stays', ['abc', ''])).toBe('short abc stays');
    expect(redacted('x'.repeat(1000), [])).toHaveLength(500);
  });
});
