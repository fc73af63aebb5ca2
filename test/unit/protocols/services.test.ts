import { describe, expect, it } from 'vitest';
import { encryptedDns } from '../../../src-main/meter/protocols/inspectors/encrypted-dns.ts';
import { httpUse } from '../../../src-main/meter/protocols/inspectors/http-use.ts';
import { serviceOf } from '../../../src-main/meter/protocols/services.ts';
import { inspect, tcp } from './wire.ts';

describe('services by name', () => {
  it.each([
    ['rr4---sn-a.googlevideo.com', 'YouTube'],
    ['mail.google.com', 'GMail'],
    ['www.google.com.', 'Google'],
    ['play.googleapis.com', 'PlayStore'],
    ['x.googleapis.com', 'GoogleServices'],
    ['T.ME', 'Telegram'],
    ['notgoogle.com', ''],
    ['google.com.evil.example', ''],
    ['com', ''],
    ['', ''],
    ['a.b.c.d.e.f.dl.delivery.mp.microsoft.com', 'WindowsUpdate'],
  ])('%s belongs to "%s"', (host, service) => {
    expect(serviceOf(host)).toBe(service);
  });

  it('are a fact of the flow while the protocol keeps its name', () => {
    const { meta } = inspect(tcp(80), (f) => f.client('GET / HTTP/1.1\r\nHost: cdn.steamstatic.com:80\r\n\r\n'));
    expect(meta).toMatchObject({ app: 'HTTP', facts: { service: 'Steam' } });
  });
});

describe('what rides on others', () => {
  it.each([
    [853, 'resolver.example', [], 'DoT'],
    [443, 'resolver.example', ['doq'], 'DoQ'],
    [443, 'dns.google', ['h2'], 'DoH'],
    [443, 'abc.dns.nextdns.io', ['h2'], 'DoH'],
    [443, 'notdns.google', ['h2'], ''],
    [443, 'family.adguard-dns.com', ['h2'], 'DoH'],
  ])('name lookups in TLS on port %i to %s with %j are "%s"', (port, sni, alpn, kind) => {
    expect(encryptedDns(port, sni, alpn)).toBe(kind);
  });

  it.each([
    [443, '', '1.1.1.1', 'DoH'],
    [443, '', '2001:4860:4860::8888', 'DoH'],
    [443, 'shop.example', '1.1.1.1', ''],
    [8443, '', '1.1.1.1', ''],
    [443, '', '192.0.2.1', ''],
  ])('TLS on port %i with the name "%s" to %s is "%s"', (port, sni, address, kind) => {
    expect(encryptedDns(port, sni, ['h2'], address)).toBe(kind);
  });

  it.each([
    ['POST', '/wsman?PSVersion=5.1', '', 'WinRM'],
    ['POST', '/', 'application/ipp', 'IPP'],
    ['POST', '/dns-query', 'application/dns-message; charset=x', 'DoH'],
    ['GET', '/_cat/indices?v', '', 'Elasticsearch'],
    ['PROPFIND', '/dav', '', 'WebDAV'],
    ['GET', '/index.html', 'text/html', ''],
  ])('%s %s (%s) is "%s"', (method, uri, type, use) => {
    expect(httpUse(method, uri, type)).toBe(use);
  });
});
