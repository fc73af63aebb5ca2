import { describe, expect, it } from 'vitest';
import { NameBook } from '../../../src-main/detect/behaviours/common/names.ts';
import { Beaconing } from '../../../src-main/detect/behaviours/beaconing.ts';
import { Bench, type Given } from './message-bench.ts';

const SITE = '93.184.216.34';
const PROXY = '10.0.0.8';

function book() {
  const bench = new Bench(new Beaconing());
  const names = new NameBook();
  const http = (given: Partial<Given<'http'>>): void =>
    names.learn(bench.message('http', { at: 1, from: '10.0.0.5', to: SITE, method: 'GET', uri: '/', ...given }));
  const tls = (to: string, sni: string): void =>
    names.learn(bench.message('tls', { at: 1, from: '10.0.0.5', to, what: 'client-hello', sni }));
  return { http, tls, nameOf: (address: string) => names.nameOf(bench.host(address), address) };
}

describe('the name of a host', () => {
  it('is the last under which it was contacted', () => {
    const { http, tls, nameOf } = book();
    http({ host: 'WWW.Shop.example:80' });
    expect(nameOf(SITE)).toBe('www.shop.example');
    tls(SITE, 'api.shop.example');
    expect(nameOf(SITE)).toBe('api.shop.example');
    http({ host: '93.184.216.34' });
    expect(nameOf(SITE)).toBe('api.shop.example');
  });

  it('is never that of a site which a proxy was asked for', () => {
    const { http, tls, nameOf } = book();
    http({ to: PROXY, uri: 'http://shop.example/', host: 'shop.example' });
    expect(nameOf(PROXY)).toBe('');
    tls(PROXY, 'api.shop.example');
    http({ to: PROXY, host: 'proxy.office.example' });
    expect(nameOf(PROXY)).toBe('');
    http({ host: 'tunnel.example', to: SITE });
    http({ host: 'shop.example:443', uri: 'shop.example:443', method: 'CONNECT' });
    expect(nameOf(SITE)).toBe('');
  });
});
