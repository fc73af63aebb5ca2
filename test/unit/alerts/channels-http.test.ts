import { describe, expect, it } from 'vitest';
import { isPublic } from '../../../src-main/keep/alerts/http/addresses.ts';
import { guardedLookup, type Resolve } from '../../../src-main/keep/alerts/http/dial.ts';
import { proxyFault } from '../../../src-main/keep/alerts/http/proxy.ts';
import { addressFault, send } from '../../../src-main/keep/alerts/http/request.ts';
import { judged, pauseOf } from '../../../src-main/keep/alerts/http/verdict.ts';
import { saidBy, shorten } from '../../../src-main/keep/alerts/http/words.ts';
import { DeliveryError } from '../../../src-main/keep/alerts/types.ts';

describe('the guard of addresses', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.251',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::127.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%lo',
    'fec0::1',
    'ff02::1',
    'localhost',
    'example.com',
    '0x7f.1',
    '2130706433',
    '',
  ])('%s is not of the open Internet', (address) => expect(isPublic(address)).toBe(false));

  it.each([
    '1.1.1.1',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '223.255.255.255',
    '2606:4700::1111',
    '2001:200::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('%s is', (address) => expect(isPublic(address)).toBe(true));

  const ask = (url: string, resolve?: Resolve): Promise<unknown> =>
    send({
      url,
      method: 'POST',
      headers: {},
      body: '{}',
      allowPrivate: false,
      signal: AbortSignal.timeout(5000),
      ...(resolve ? { resolve } : {}),
    });

  it.each([
    'http://127.0.0.1:9/',
    'http://0x7f.1:9/',
    'http://2130706433:9/',
    'http://017700000001:9/',
    'http://127.1:9/',
    'http://[::1]:9/',
    'http://[::ffff:127.0.0.1]:9/',
    'http://[::ffff:7f00:1]:9/',
    'http://[64:ff9b::7f00:1]:9/',
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost:9/',
    'https://localhost:9/',
    'http://[fe80::1]:9/',
    'http://224.0.0.1:9/',
  ])('%s is refused for good, before anything is sent', async (url) => {
    const error = await ask(url).catch((found: unknown) => found);
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error).toMatchObject({ retry: false, message: expect.stringContaining('allow private targets') });
  });

  it('judges the very address that is connected to, so a second answer of the resolver gains nothing', async () => {
    let asked = 0;
    const rebinding: Resolve = (_host, done) =>
      done(null, [{ address: asked++ === 0 ? '127.0.0.1' : '93.184.215.14', family: 4 }]);
    await expect(ask('http://rebind.example/', rebinding)).rejects.toMatchObject({ retry: false });
    expect(asked).toBe(1);
  });

  it('connects only to those addresses of a name that are of the open Internet', async () => {
    const resolve: Resolve = (_host, done) =>
      done(null, [
        { address: '10.0.0.1', family: 4 },
        { address: '93.184.215.14', family: 4 },
      ]);
    const found = await new Promise((done) =>
      guardedLookup('x', resolve)('mixed.example', { all: true }, (_error, addresses) => done(addresses)),
    );
    expect(found).toEqual([{ address: '93.184.215.14', family: 4 }]);
  });

  it('asks the system as it asks for one address or all', async () => {
    const error = await new Promise((done) => guardedLookup('localhost:9')('localhost', {}, (found) => done(found)));
    expect(error).toBeInstanceOf(DeliveryError);
  });
});

describe('addresses in settings', () => {
  it.each([
    'ftp://example.com',
    'file:///etc/passwd',
    'example.com',
    '',
    'javascript:alert(1)',
    'http://a:b@example.com',
  ])('%s is not taken, and not repeated', (url) => {
    const fault = addressFault(url) ?? '';
    expect(fault).not.toBe('');
    if (url.length > 3) expect(fault).not.toContain(url);
  });
  it('takes those of the web', () => {
    expect(addressFault('https://example.com/a?b=c')).toBeNull();
    expect(addressFault('http://[2001:db8::1]:8080/')).toBeNull();
  });
  it('takes proxies without credentials in them', () => {
    expect(proxyFault('')).toBeNull();
    expect(proxyFault('http://proxy.example:3128')).toBeNull();
    expect(proxyFault('http://u:p@proxy.example:3128')).not.toBeNull();
    expect(proxyFault('socks5://proxy.example')).not.toBeNull();
  });
});

describe('what another side says', () => {
  it('loses secrets in every form', () => {
    const secret = 'pa"ss & wörd/1';
    const forms = [
      secret,
      JSON.stringify(secret),
      encodeURIComponent(secret),
      new URLSearchParams([['a', secret]]).toString(),
      Buffer.from(secret).toString('base64'),
    ];
    const said = saidBy(forms.join(' | '), [secret]);
    for (const part of ['pa"ss', 'wörd', 'w%C3%B6rd', 'cGEic3']) expect(said).not.toContain(part);
  });
  it('is one line of 500 characters without control characters', () => {
    const said = saidBy(`a\r\nb\u001b[31m\u202e${'x'.repeat(1000)}`, []);
    expect(said).toHaveLength(500);
    expect(said.startsWith('a b?[31m?x')).toBe(true);
  });
  it('is never cut within a character', () => {
    expect(shorten('ab😀', 4)).toBe('ab😀');
    expect(shorten('ab😀c', 4)).toBe('ab…');
    expect(shorten('abc', 0)).toBe('');
  });
});

describe('a status', () => {
  const now = Date.parse('2026-03-10T09:00:00Z');
  const verdict = (status: number, headers: Record<string, string> = {}, pause?: number): unknown => {
    try {
      return judged(
        { status, headers, text: 'said', whole: true },
        { secrets: [], now, ...(pause === undefined ? {} : { pause }) },
      );
    } catch (error) {
      return error;
    }
  };
  it.each([200, 201, 202, 204])('%i delivers', (status) =>
    expect(verdict(status)).toEqual({ words: `${status} said` }),
  );
  it.each([300, 304, 400, 401, 403, 404, 405, 410, 413, 422, 451])('%i is final', (status) =>
    expect(verdict(status)).toMatchObject({ retry: false, retryAfterMs: undefined }),
  );
  it.each([408, 425, 429, 500, 501, 502, 503, 504, 599])('%i may pass', (status) =>
    expect(verdict(status)).toMatchObject({ retry: true }),
  );
  it('says how long to wait', () => {
    expect(verdict(503, { 'retry-after': '7' })).toMatchObject({ retryAfterMs: 7000 });
    expect(verdict(429, { 'retry-after': 'Tue, 10 Mar 2026 09:00:30 GMT' })).toMatchObject({ retryAfterMs: 30_000 });
    expect(verdict(429, { 'retry-after': '7' }, 1500)).toMatchObject({ retryAfterMs: 1500 });
    expect(pauseOf('Tue, 10 Mar 2026 08:00:00 GMT', now)).toBe(0);
    expect(pauseOf('999999999', now)).toBe(86_400_000);
    for (const nonsense of [undefined, '', '-5', 'soon', '1e9', '٣']) expect(pauseOf(nonsense, now)).toBeUndefined();
  });
});
