import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoopback, isOurHost, type Place } from '../../../src-main/run/serve/guards.ts';
import { startServer } from '../../../src-main/run/serve/server.ts';
import { refused, Served } from './browser.ts';

let s: Served;
let cookie: string;
beforeAll(async () => {
  s = await Served.start();
  cookie = await s.cookie();
});
afterAll(() => s.stop());

describe('DNS rebinding: a page of another site points its own name at this machine', () => {
  it.each([
    'evil.example',
    '127.0.0.1.nip.io',
    'localhost.evil.example',
    '127.0.0.1',
    'localhost:1',
    '[::ffff:7f00:1]x',
  ])('is refused under the name %j', async (name) => {
    const { status } = await s.ask('GET', '/', { host: name });
    expect(status).toBe(403);
  });

  it('is refused also for the socket and with a cookie', async () => {
    const host = `evil.example:${s.server.port}`;
    expect(await refused(s.socket({ host, origin: `http://${host}`, cookie }))).toBe(403);
    expect(
      (await s.ask('POST', '/session', { host, origin: `http://${host}` }, JSON.stringify({ token: s.token }))).status,
    ).toBe(403);
  });

  it('leaves the names of this machine', async () => {
    for (const name of ['127.0.0.1', 'localhost', '[::1]'])
      expect((await s.ask('GET', '/', { host: `${name}:${s.server.port}` })).status).toBe(200);
  });

  it('is refused where no Host is sent at all, or two', async () => {
    expect(await s.raw('GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await s.raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
    expect(
      await s.raw(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${s.server.port}\r\nHost: evil\r\nConnection: close\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('beyond loopback passes addresses and the certificate’s names only', () => {
    const certificate = {
      checkHost: (name: string) => (name === 'desk.example' ? name : undefined),
    } as Place['certificate'];
    const place: Place = { secure: true, port: 8443, loopback: false, certificate };
    expect(['desk.example:8443', '192.0.2.5:8443', '[2001:db8::1]:8443'].map((h) => isOurHost(h, place))).toEqual([
      true,
      true,
      true,
    ]);
    expect(
      ['evil.example:8443', 'desk.example', 'desk.example.evil:8443', undefined].map((h) => isOurHost(h, place)),
    ).toEqual([false, false, false, false]);
  });
});

describe('cross-site requests: a page of another site with the user’s cookie', () => {
  const hostile = (): (string | undefined)[] => [
    'http://evil.example',
    'null',
    `http://127.0.0.1:${s.server.port + 1}`,
    `https://127.0.0.1:${s.server.port}`,
    undefined,
  ];

  it('cannot open the socket', async () => {
    for (const origin of hostile())
      expect(await refused(s.socket({ cookie, ...(origin ? { origin } : {}) }))).toBe(403);
  });

  it('cannot upload, sign in or sign out', async () => {
    for (const origin of hostile()) {
      const headers = { cookie, ...(origin ? { origin } : {}) };
      expect((await s.ask('POST', '/upload?name=x.pcap', headers, 'bytes')).status).toBe(403);
      expect((await s.ask('POST', '/session', headers, JSON.stringify({ token: s.token }))).status).toBe(403);
      expect((await s.ask('DELETE', '/session', headers)).status).toBe(403);
    }
    expect((await s.ask('GET', '/session', { cookie })).status).toBe(200);
  });

  it('cannot fetch a download', async () => {
    const { id, path } = s.desk.downloads.place('x.csv');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path, 'flows');
    expect((await s.ask('GET', `/download/${id}`, { cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await s.ask('GET', `/download/${id}`, { cookie, 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect(await s.ask('GET', `/download/${id}`, { cookie, 'sec-fetch-site': 'same-origin' })).toMatchObject({
      status: 200,
      body: 'flows',
    });
    expect((await s.ask('GET', `/download/${id}`, { cookie })).status).toBe(404);
  });

  it('cannot read or frame anything: every answer says so', async () => {
    for (const path of ['/', '/assets/main.js', '/session', '/nothing.js']) {
      const { headers } = await s.ask('GET', path);
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(headers['x-content-type-options']).toBe('nosniff');
      const policy = headers['content-security-policy'] as string;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("style-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|nonce|\*|https?:/);
    }
  });
});

describe('without a session', () => {
  it('there are pages, and nothing else', async () => {
    expect((await s.ask('GET', '/')).status).toBe(200);
    expect((await s.ask('GET', '/session')).status).toBe(401);
    expect((await s.ask('POST', '/upload?name=x', { origin: s.origin }, 'bytes')).status).toBe(401);
    expect((await s.ask('GET', '/download/0123')).status).toBe(401);
    expect(await refused(s.socket({ origin: s.origin }))).toBe(401);
    expect(await refused(s.socket({ origin: s.origin, cookie: `sonde-${s.server.port}=${'a'.repeat(43)}` }))).toBe(401);
    expect(readdirSync(s.pages)).not.toContain('x');
  });

  it('the token opens only as itself', async () => {
    const wrong = [
      { token: '' },
      { token: s.token.slice(1) },
      { token: [s.token] },
      { token: { $ne: '' } },
      { user: 'root', password: s.token },
      {},
      null,
    ];
    for (const body of wrong) {
      const served = await s.ask('POST', '/session', { origin: s.origin }, JSON.stringify(body));
      expect([400, 401, 429]).toContain(served.status);
      expect(served.headers['set-cookie']).toBeUndefined();
    }
  });

  it('is where signing out leads, and the open socket ends', async () => {
    const other = await Served.start();
    try {
      const mine = await other.cookie();
      const socket = await other.socket({ origin: other.origin, cookie: mine });
      const closed = new Promise<number>((resolve) => socket.once('close', resolve));
      expect((await other.ask('DELETE', '/session', { origin: other.origin, cookie: mine })).status).toBe(204);
      expect(await closed).toBe(1008);
      expect(await refused(other.socket({ origin: other.origin, cookie: mine }))).toBe(401);
    } finally {
      await other.stop();
    }
  });
});

describe('the cookie', () => {
  it('is out of reach of scripts and other sites', async () => {
    const { headers } = await s.ask('POST', '/session', { origin: s.origin }, JSON.stringify({ token: s.token }));
    const [set] = headers['set-cookie']!;
    expect(set).toMatch(/^sonde-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  });

  it('is not enough: whatever listens on another port of this machine gets it too', async () => {
    const other = await Served.start();
    try {
      const [mine, another] = [await other.cookie(), await other.cookie()];
      const headers = { origin: other.origin, cookie: mine };
      expect(await refused(other.socket(headers, '/socket', other.key(another)))).toBe(401);
      expect(await refused(other.socket(headers, '/socket', 'none'))).toBe(401);
      expect((await other.ask('POST', '/upload?name=x.pcap', headers, 'bytes')).status).toBe(401);
      const socket = await other.socket(headers);
      expect(socket.protocol).toBe('sonde');
      socket.terminate();
    } finally {
      await other.stop();
    }
  });

  it('expires, also while the socket is open', async () => {
    let now = Date.now();
    const other = await Served.start({ now: () => now });
    try {
      const mine = await other.cookie();
      expect((await other.ask('GET', '/session', { cookie: mine })).status).toBe(200);
      now += 12 * 3_600_000 + 1;
      expect((await other.ask('GET', '/session', { cookie: mine })).status).toBe(401);
    } finally {
      await other.stop();
    }
  });

  it('never holds the token, and no page tells it', async () => {
    expect(cookie).not.toContain(s.token);
    expect((await s.ask('GET', '/', { cookie })).body).not.toContain(s.token);
  });
});

describe('guessing', () => {
  it('is slowed down after a few tries; the right token is let in, for others here have the same address', async () => {
    let now = 0;
    const other = await Served.start({ now: () => now });
    const attempt = async (token: string): Promise<number> =>
      (await other.ask('POST', '/session', { origin: other.origin }, JSON.stringify({ token }))).status;
    try {
      const first: number[] = [];
      for (let i = 0; i < 6; i++) first.push(await attempt('wrong'));
      expect(first).toEqual([401, 401, 401, 401, 401, 429]);
      expect(await attempt(other.token)).toBe(200);
      now += 1000;
      expect(await attempt('wrong')).toBe(401);
      expect(await attempt('wrong')).toBe(429);
      const { rows } = await other.desk.readers.ask('listAudit', [
        { actions: ['sign-in-refused'], search: '', limit: 100 },
      ]);
      expect(rows).toHaveLength(6);
    } finally {
      await other.stop();
    }
  });
});

describe('paths', () => {
  const outside = [
    '/../outside.txt',
    '/..%2foutside.txt',
    '/%2e%2e/outside.txt',
    '/assets/../../outside.txt',
    '/assets/..%5c..%5coutside.txt',
    '/.env',
    '/%2eenv',
    '/assets/%00main.js',
    '/assets',
    '/assets/',
    '/%',
    '//etc/passwd',
    '/assets/main.js/..%2f..%2f..%2foutside.txt',
  ];

  it.each(outside)('%s gives nothing from outside', async (path) => {
    const { body } = await s.ask('GET', path);
    expect(body).not.toContain('secret');
  });

  it('serves what is there', async () => {
    expect(await s.ask('GET', '/assets/main.js')).toMatchObject({ status: 200, body: 'export {};' });
    expect((await s.ask('GET', '/missing.js')).status).toBe(404);
    expect((await s.ask('GET', '/captures/3?view=flows')).body).toContain('<title>desk</title>');
  });

  it('takes an upload’s name for a name', async () => {
    for (const name of [
      '../../evil.pcap',
      '..\\evil.pcap',
      '/etc/cron.d/x',
      'a\0b',
      '.bashrc',
      '...',
      'x'.repeat(5000),
    ]) {
      const { status, body } = await s.ask(
        'POST',
        `/upload?name=${encodeURIComponent(name)}`,
        { origin: s.origin, cookie, 'x-sonde-key': s.key(cookie) },
        'bytes',
      );
      expect(status).toBe(200);
      const { path } = s.desk.uploads.get((JSON.parse(body) as { id: string }).id);
      expect(path.startsWith(`${s.desk.uploads.folder}/`)).toBe(true);
      expect(path.slice(s.desk.uploads.folder.length + 1)).toMatch(/^[0-9a-f]{32}-[\p{L}\p{N}_][\p{L}\p{N}._ -]*$/u);
    }
  });

  it('opens no file of the server for a browser', async () => {
    const socket = await s.socket({ origin: s.origin, cookie });
    const answer = new Promise<string>((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())));
    socket.send(
      JSON.stringify({
        type: 'call',
        id: 1,
        name: 'captures.import',
        input: { sources: [{ kind: 'path', path: '/etc/passwd' }] },
      }),
    );
    expect(JSON.parse(await answer)).toMatchObject({ type: 'error', error: { code: 'not-allowed' } });
    socket.terminate();
  });
});

describe('what is no request', () => {
  it('ends the connection, not the server', async () => {
    for (const text of [
      '\0\0\0\0',
      'GET / HTTP/9.9\r\n\r\n',
      `GET ${'/a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
      `GET http://[ HTTP/1.1\r\nHost: 127.0.0.1:${s.server.port}\r\nConnection: close\r\n\r\n`,
    ]) {
      expect(await s.raw(text)).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    const upgrade = `GET http://[ HTTP/1.1\r\nHost: 127.0.0.1:${s.server.port}\r\nOrigin: ${s.origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    expect(await s.raw(upgrade)).toMatch(/^HTTP\/1\.1 40\d /);
    expect((await s.ask('GET', '/')).status).toBe(200);
  });

  it.each([
    'no json',
    '[]',
    '{"type":"call"}',
    '{"type":"call","id":1e99,"name":"x"}',
    '{"__proto__":{"type":"call"}}',
    `"${'x'.repeat(300_000)}"`,
  ])('closes the socket: %.40s', async (text) => {
    const socket = await s.socket({ origin: s.origin, cookie });
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.send(text);
    expect([1008, 1009]).toContain(await closed);
  });

  it('closes the socket on binary', async () => {
    const socket = await s.socket({ origin: s.origin, cookie });
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.send(Buffer.from([1, 2, 3]));
    expect(await closed).toBe(1003);
  });

  it('refuses a body that has no end for signing in', async () => {
    expect((await s.ask('POST', '/session', { origin: s.origin }, 'x'.repeat(100_000))).status).toBe(400);
  });
});

describe('listening beyond this machine', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])('on %s is refused without TLS and users', async (listen) => {
    await expect(startServer({ desk: s.desk, pages: s.pages, port: 0, listen })).rejects.toThrow(
      'others could reach the desk',
    );
    const tls = { cert: Buffer.alloc(0), key: Buffer.alloc(0) };
    await expect(startServer({ desk: s.desk, pages: s.pages, port: 0, listen, tls })).rejects.toThrow('--users');
  });

  it('knows what loopback is', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['0.0.0.0', '::', '10.0.0.1', 'localhost.evil', '', '::ffff:10.0.0.1'].map(isLoopback)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
