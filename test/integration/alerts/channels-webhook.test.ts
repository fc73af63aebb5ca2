import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sms } from '../../../src-main/keep/alerts/channels/sms.ts';
import { webhook } from '../../../src-main/keep/alerts/channels/webhook.ts';
import type { ChannelSettings } from '../../../src-main/keep/alerts/types.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { ALERT, within } from '../../unit/alerts/channels-example.ts';
import {
  listening,
  makeCertificates,
  OPENSSL,
  portOf,
  says,
  web,
  type Certificates,
  type Handler,
  type Web,
} from './channels-servers.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
async function serve(handler: Handler, tls?: { key: Buffer; cert: Buffer }): Promise<Web> {
  const server = await web(handler, tls);
  open.push(server);
  return server;
}
const at = ({ port }: { port: number }, path = '/hook'): string => `http://127.0.0.1:${port}${path}`;
const send = (settings: ChannelSettings, ms = 10_000): Promise<{ words: string }> =>
  webhook.send(ALERT, { allowPrivate: true, ...settings }, within(ms));
const failure = async (settings: ChannelSettings, ms?: number): Promise<unknown> =>
  send(settings, ms).catch((e: unknown) => e);

describe('a webhook', { timeout: 60_000 }, () => {
  it('delivers the documented JSON, signed, with the key of the message', async () => {
    const server = await serve(says(200, 'thank you'));
    const answer = await send({
      url: at(server, '/hook?a=b'),
      signingSecret: 'whsec-1',
      authorization: 'Bearer tok',
      headers: ['X-Team: net', 'User-Agent: ours'],
    });
    expect(answer.words).toBe('200 thank you');
    const [seen] = server.seen;
    if (!seen) throw new Error('nothing came');
    expect(seen).toMatchObject({ method: 'POST', url: '/hook?a=b' });
    expect(seen.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': ALERT.key,
      authorization: 'Bearer tok',
      'x-team': 'net',
      'user-agent': 'ours',
    });
    const schema = JSON.parse(readFileSync(resourcePath('schemas', 'sonde.alert-1.schema.json'), 'utf8')) as object;
    const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
    (addFormats as unknown as (target: Ajv) => void)(ajv);
    expect(ajv.compile(schema)(JSON.parse(seen.body.toString('utf8')))).toBe(true);
    const [, time = '', digest = ''] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(seen.headers['sonde-signature'])) ?? [];
    expect(digest).toBe(createHmac('sha256', 'whsec-1').update(`${time}.`).update(seen.body).digest('hex'));
    expect(Number(time)).toBe(1_773_134_531);
  });

  it('repeats the very same body and key', async () => {
    const server = await serve(says(200));
    await send({ url: at(server) });
    await send({ url: at(server) });
    const [first, second] = server.seen;
    expect(first?.body.equals(second?.body ?? Buffer.alloc(0))).toBe(true);
    expect(first?.headers['idempotency-key']).toBe(second?.headers['idempotency-key']);
    expect(first?.headers['sonde-signature']).toBeUndefined();
  });

  it.each(['slack', 'teams', 'discord'])('speaks to %s', async (shape) => {
    const server = await serve(says(200, 'ok'));
    await send({ urlSecret: at(server, '/services/T1/abcdefghijkl'), shape });
    expect(JSON.stringify(JSON.parse(server.seen[0]?.body.toString('utf8') ?? ''))).toContain('Password guessing');
  });

  it.each([
    [400, false],
    [404, false],
    [410, false],
    [408, true],
    [425, true],
    [429, true],
    [500, true],
    [503, true],
  ])('%i: trying again helps: %s', async (status, retry) => {
    const server = await serve(says(status, 'no such luck', { 'Retry-After': '11' }));
    expect(await failure({ url: at(server) })).toMatchObject({
      name: 'DeliveryError',
      message: `${status} no such luck`,
      retry,
      retryAfterMs: retry ? 11_000 : undefined,
    });
  });

  it('waits as long as Discord asks for in its body', async () => {
    const server = await serve(says(429, '{"message": "rate limited", "retry_after": 0.65}'));
    expect(await failure({ url: at(server) })).toMatchObject({ retry: true, retryAfterMs: 650 });
  });

  it('gives up in time on a server that says nothing', async () => {
    const server = await serve(() => undefined);
    const began = Date.now();
    expect(await failure({ url: at(server) }, 400)).toMatchObject({
      retry: true,
      message: expect.stringContaining('in time'),
    });
    expect(Date.now() - began).toBeLessThan(3000);
  });

  it('gives up in time on one that accepts and never speaks, and on one that sends its head by drops', async () => {
    const mute = createServer(() => undefined);
    const slow = createServer((socket) => {
      const timer = setInterval(() => socket.write('H'), 20);
      socket.on('close', () => clearInterval(timer)).on('error', () => undefined);
    });
    for (const server of [mute, slow]) {
      const port = await listening(server);
      open.push({ close: () => server.close() });
      expect(await failure({ url: at({ port }) }, 300)).toMatchObject({ retry: true });
    }
  });

  it('takes an answer that is late but within its time', async () => {
    const server = await serve((_request, response) => void setTimeout(() => response.writeHead(204).end(), 300));
    expect(await send({ url: at(server) })).toEqual({ words: '204' });
  });

  it('tries again where the connection is cut before an answer, and counts a status that came as said', async () => {
    const cut = await serve((_request, _response, socket) => socket.destroy());
    expect(await failure({ url: at(cut) })).toMatchObject({ retry: true, message: expect.stringContaining('cut') });
    const middle = await serve((_request, response, socket) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half of ', () => socket.destroy());
    });
    expect(await send({ url: at(middle) })).toEqual({ words: '200 half of (its answer was cut)' });
    const torn = await serve((_request, response, socket) => {
      response.writeHead(500, { 'Content-Length': '100' });
      response.write('half', () => socket.destroy());
    });
    expect(await failure({ url: at(torn) })).toMatchObject({ retry: true });
  });

  it('reads no more than 64 KiB of an endless answer', async () => {
    let sent = 0;
    const server = await serve((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && sent < 1e9) {
          sent += 65_536;
          if (!response.write('x'.repeat(65_536))) return void response.once('drain', more);
        }
      };
      more();
    });
    const { words } = await send({ url: at(server) });
    expect(words).toHaveLength(500);
    expect(sent).toBeLessThan(50e6);
  });

  it('tries again where nothing listens, or something else does', async () => {
    const server = await serve(says(200));
    const url = at(server);
    await server.close();
    expect(await failure({ url })).toMatchObject({ retry: true, message: expect.stringContaining('ECONNREFUSED') });
    const other = createServer((socket) => socket.on('error', () => undefined).end('220 mail ready\r\n'));
    const port = await listening(other);
    open.push({ close: () => other.close() });
    expect(await failure({ url: at({ port }) })).toMatchObject({
      retry: true,
      message: expect.stringContaining('HTTP'),
    });
  });

  it('refuses this machine and private networks unless they are allowed, also by name', async () => {
    const server = await serve(says(200));
    for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]']) {
      const refused = await failure({ url: `http://${host}:${server.port}/`, allowPrivate: false });
      expect(refused).toMatchObject({ retry: false, message: expect.stringContaining('allow private targets') });
    }
    expect(server.seen).toEqual([]);
  });

  it('says no secret, whatever the other side repeats', async () => {
    const server = await serve((request, response) => {
      response.writeHead(403);
      response.end(`${request.url} ${JSON.stringify(request.headers)} ${encodeURIComponent('p/w secret')}`);
    });
    const settings = {
      urlSecret: at(server, '/services/TEAMID0001/hook-secret-0001?token=query-secret'),
      authorization: 'Bearer head-secret',
      signingSecret: 'p/w secret',
      headers: ['X-Api-Key: api-key-00001'],
    };
    const error = (await failure(settings)) as Error;
    for (const secret of ['TEAMID0001', 'hook-secret-0001', 'query-secret', 'head-secret', 'api-key-00001', 'secret'])
      expect(`${error.message} ${error.stack}`.replaceAll('[secret]', '')).not.toContain(secret);
  });
});

describe('redirects of a webhook', { timeout: 60_000 }, () => {
  it('are not followed to another host, port or scheme, and their address is not repeated', async () => {
    const other = await serve(says(200));
    for (const to of [
      at(other, '/x?secret-path'),
      `http://localhost:${other.port}/`,
      `https://127.0.0.1:${other.port}/`,
    ]) {
      const server = await serve(says(307, '', { Location: to }));
      const error = (await failure({ url: at(server) })) as Error;
      expect(error).toMatchObject({ retry: false, message: expect.stringContaining('not followed') });
      expect(error.message).not.toContain('secret-path');
    }
    expect(other.seen).toEqual([]);
  });

  it.each([301, 302, 303])('%i would lose the message and is told', async (status) => {
    const server = await serve(says(status, '', { Location: '/new' }));
    expect(await failure({ url: at(server) })).toMatchObject({ retry: false });
    expect(server.seen).toHaveLength(1);
  });

  it.each([307, 308])('%i on the same host is followed with body and key', async (status) => {
    const server = await serve((request, response) =>
      (request.url === '/hook' ? says(status, '', { Location: 'new' }) : says(200, 'here'))(
        request,
        response,
        undefined as never,
      ),
    );
    expect(await send({ url: at(server) })).toEqual({ words: '200 here' });
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /hook', 'POST /new']);
    expect(server.seen[1]?.body.equals(server.seen[0]?.body ?? Buffer.alloc(0))).toBe(true);
    expect(server.seen[1]?.headers['idempotency-key']).toBe(ALERT.key);
  });

  it('end after three', async () => {
    const server = await serve((request, response, socket) =>
      says(307, '', { Location: `${request.url}a` })(request, response, socket),
    );
    expect(await failure({ url: at(server) })).toMatchObject({
      retry: false,
      message: expect.stringContaining('without end'),
    });
    expect(server.seen).toHaveLength(4);
  });

  it('without a place to go to are told', async () => {
    const server = await serve(says(308));
    expect(await failure({ url: at(server) })).toMatchObject({ retry: false });
  });
});

/** A proxy that lets through by CONNECT whoever knows the password. */
async function proxy(answer?: number): Promise<{ port: number; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createHttp();
  server.on('connect', (request, socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
    if (answer !== undefined) return void socket.end(`HTTP/1.1 ${answer} No\r\n\r\n`);
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const way = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      way.pipe(socket).pipe(way);
    });
    for (const each of [way, socket]) each.on('error', () => undefined);
  });
  await listening(server);
  open.push({ close: () => server.close() });
  return { port: portOf(server), asked, server };
}

describe('a webhook through a proxy', { timeout: 60_000 }, () => {
  it('goes by CONNECT, with credentials that the target never sees', async () => {
    const server = await serve(says(200, 'through'));
    const { port, asked } = await proxy();
    const settings = { url: at(server), proxy: `http://127.0.0.1:${port}`, proxyAuthorization: 'me:pass word' };
    expect(await send(settings)).toEqual({ words: '200 through' });
    const basic = Buffer.from('me:pass word').toString('base64');
    expect(asked).toEqual([`127.0.0.1:${server.port} Basic ${basic}`]);
    expect(JSON.stringify(server.seen[0]?.headers)).not.toContain(basic);
  });

  it.each([
    [407, false],
    [403, false],
    [502, true],
  ])('that answers %i: trying again helps: %s', async (status, retry) => {
    const server = await serve(says(200));
    const { port } = await proxy(status);
    expect(await failure({ url: at(server), proxy: `http://127.0.0.1:${port}` })).toMatchObject({
      retry,
      message: expect.stringContaining(String(status)),
    });
    expect(server.seen).toEqual([]);
  });

  it('is refused where the proxy is a private target that is not allowed', async () => {
    const { port, asked } = await proxy();
    const error = await failure({ url: 'http://example.com/', proxy: `http://127.0.0.1:${port}`, allowPrivate: false });
    expect(error).toMatchObject({ retry: false });
    const target = { url: 'http://169.254.169.254/', proxy: 'http://93.184.215.14:9', allowPrivate: false };
    expect(await failure(target)).toMatchObject({ retry: false });
    expect(asked).toEqual([]);
  });
});

suiteNeeds(OPENSSL, 'openssl is not installed')('certificates of a webhook', () => {
  let folder = '';
  let made: Certificates;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-hook-'));
    made = makeCertificates(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are trusted by the authority that is named, and checked for the host', async () => {
    const server = await serve(says(200, 'safe'), made);
    expect(await send({ url: `https://localhost:${server.port}/`, ca: made.ca })).toEqual({ words: '200 safe' });
    expect(await send({ url: `https://127.0.0.1:${server.port}/`, ca: made.ca })).toEqual({ words: '200 safe' });
    const other = await serve(says(200), made.other);
    expect(await failure({ url: `https://localhost:${other.port}/`, ca: made.ca })).toMatchObject({
      message: expect.stringContaining('for another name'),
    });
    expect(other.seen).toEqual([]);
  });

  it('of an authority that nobody knows are refused', async () => {
    const server = await serve(says(200), made);
    expect(await failure({ url: `https://localhost:${server.port}/` })).toMatchObject({
      retry: true,
      message: expect.stringContaining('not known here'),
    });
    expect(server.seen).toEqual([]);
  });

  it('are checked through a proxy, too', async () => {
    const server = await serve(says(200, 'safe'), made);
    const { port } = await proxy();
    const by = { proxy: `http://127.0.0.1:${port}` };
    expect(await send({ url: `https://localhost:${server.port}/`, ca: made.ca, ...by })).toEqual({ words: '200 safe' });
    expect(await failure({ url: `https://localhost:${server.port}/`, ...by })).toMatchObject({ retry: true });
  });

  it('need a file that is one', async () => {
    const junk = join(folder, 'junk.pem');
    writeFileSync(junk, 'nothing');
    for (const ca of [junk, join(folder, 'not-there.pem'), 'relative.pem'])
      expect(await failure({ url: 'https://localhost:9/', ca })).toMatchObject({ retry: false });
  });
});

describe('a gateway of short messages', { timeout: 60_000 }, () => {
  const text = (settings: ChannelSettings): Promise<{ words: string }> =>
    sms.send({ ...ALERT, title: 'a "b" & c', text: '{{secret}}' }, { allowPrivate: true, ...settings }, within());

  it('gets JSON, a form or an address, each with its own escapes', async () => {
    const server = await serve(says(200, '{"status":"queued"}'));
    const known = { to: '+41 79', secret: 'k&y=1' };
    const url = at(server, '/sms');
    await text({ ...known, url, body: ['{"to":"{{to}}",', '"text":"{{title}}","key":"{{secret}}"}'] });
    await text({ ...known, url, form: 'form', body: ['to={{to}}&text={{title}}&key={{secret}}'] });
    await text({ ...known, url: `${url}?to={{to}}&text={{message}}&key={{secret}}`, method: 'GET', length: 40 });
    const [json, form, get] = server.seen;
    expect(JSON.parse(json?.body.toString('utf8') ?? '')).toEqual({ to: '+41 79', text: 'a "b" & c', key: 'k&y=1' });
    expect(form?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(form?.body.toString('utf8')))).toEqual({
      to: '+41 79',
      text: 'a "b" & c',
      key: 'k&y=1',
    });
    const query = new URL(get?.url ?? '', 'http://x').searchParams;
    expect([get?.method, query.get('to'), query.get('key'), query.get('text')]).toEqual([
      'GET',
      '+41 79',
      'k&y=1',
      'Critical: a "b" & c. {{secret}}',
    ]);
  });

  it('that answers an error as if it were none is believed only with the word of success', async () => {
    const server = await serve(says(200, 'ERR 102 for key k&y=12'));
    const settings = { url: at(server), form: 'text', body: ['{{message}}'], secret: 'k&y=12', expect: 'OK' };
    await expect(text(settings)).rejects.toMatchObject({
      retry: true,
      message: 'the gateway did not take it: 200 ERR 102 for key [secret]',
    });
  });

  it('may send a GET on within its own host', async () => {
    const server = await serve((request, response, socket) =>
      (request.url === '/a' ? says(302, '', { Location: '/b' }) : says(200, 'OK'))(request, response, socket),
    );
    expect(await text({ url: at(server, '/a'), method: 'GET' })).toEqual({ words: '200 OK' });
  });
});
