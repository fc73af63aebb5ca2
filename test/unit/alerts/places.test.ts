/** Names that lead into one's own network: told when they are entered, refused at whatever address is connected to. */
import type { LookupAddress } from 'node:dns';
import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { CHANNEL_KINDS } from '../../../src-main/keep/alerts/channels/registry.ts';
import { byStream, byUdp } from '../../../src-main/keep/alerts/channels/syslog/transports.ts';
import { dial, insideOf, reachable, type Resolve } from '../../../src-main/keep/alerts/http/dial.ts';
import { checkReached } from '../../../src-main/keep/alerts/places.ts';
import type { ChannelKind, ChannelSettings } from '../../../src-main/keep/alerts/types.ts';

const PUBLIC = '9.9.9.9';
const kind = (id: string): ChannelKind => CHANNEL_KINDS.find((each) => each.id === id)!;
const at = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
/** A name that leads there. */
const leads =
  (...addresses: string[]): Resolve =>
  (_, done) =>
    done(null, at(...addresses));
const nowhere: Resolve = (_, done) => done(new Error('ENOTFOUND'), []);

describe('a channel that is saved', () => {
  const told = async (id: string, settings: ChannelSettings, resolve: Resolve): Promise<string> => {
    try {
      await checkReached(kind(id), settings, 'Ops', resolve);
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  it.each<[string, ChannelSettings, string]>([
    ['webhook', { url: 'https://nas.local/x' }, 'nas.local'],
    ['email', { host: 'mail.corp.example' }, 'mail.corp.example'],
    ['syslog', { host: 'localhost.localdomain' }, 'localhost.localdomain'],
  ])('%s: says that its name leads inside', async (id, settings, host) => {
    for (const inside of ['10.1.2.3', '127.0.0.1', '169.254.169.254', 'fe80::1', '::ffff:192.168.1.1']) {
      const words = await told(id, settings, leads(inside));
      expect(words).toContain(`${host} is ${inside}`);
      expect(words).toContain('nothing is sent without “Allow private targets”');
      expect(await told(id, { ...settings, allowPrivate: true }, leads(inside))).toBe('');
    }
  });

  it('lets be what leads elsewhere, in part, or nowhere now', async () => {
    const settings = { url: 'https://alerts.example/x' };
    expect(await told('webhook', settings, leads(PUBLIC))).toBe('');
    expect(await told('webhook', settings, leads('10.0.0.1', PUBLIC))).toBe('');
    expect(await told('webhook', settings, nowhere)).toBe('');
  });

  it('asks of the proxy where there is one, and names no address that is a secret', async () => {
    const asked: string[] = [];
    const resolve: Resolve = (host, done) => {
      asked.push(host);
      done(null, at('10.0.0.1'));
    };
    const proxied = { url: 'https://alerts.example/x', proxy: 'http://proxy.example:3128' };
    expect(await told('webhook', proxied, resolve)).toContain('Proxy leads to');
    expect(asked).toEqual(['proxy.example']);
    const secret = kind('webhook').fields.find(({ type, name }) => type === 'secret' && /url|address/i.test(name));
    expect(secret).toBeDefined();
    const words = await told('webhook', { [secret!.name]: 'https://hidden.example/T0P/SECRET' }, resolve);
    expect(words).toContain('leads to this machine');
    expect(words).not.toMatch(/hidden|SECRET|10\.0/);
  });

  it('is not kept waiting by a resolver that never answers', async () => {
    expect(await insideOf('slow.example', () => undefined)).toBeNull();
  });
});

describe('a connection', () => {
  const { signal } = new AbortController();

  it('of a name that leads inside only then is refused, by every way', async () => {
    for (const inside of ['127.0.0.1', '10.0.0.1', '::1', 'fe80::1', '::ffff:10.0.0.1']) {
      const resolve = leads(inside);
      const way = { host: 'alerts.example', port: 9, allowPrivate: false, signal, resolve };
      const words = /alerts\.example:9 is not an address of the open Internet: allow private targets/;
      await expect(dial(way)).rejects.toThrow(words);
      await expect(dial({ ...way, tls: {} })).rejects.toThrow(words);
      await expect(byStream(Buffer.from('x'), way, false)).rejects.toThrow(words);
      await expect(byUdp(Buffer.from('x'), way)).rejects.toThrow(words);
      await expect(reachable(way)).rejects.toMatchObject({ retry: false });
    }
  });

  it('by UDP goes to the very address that was judged, whatever the name leads to the second time', async () => {
    let asked = 0;
    const resolve: Resolve = (_, done) => done(null, at(asked++ === 0 ? PUBLIC : '127.0.0.1'));
    expect(await reachable({ host: 'a.example', port: 9, allowPrivate: false, resolve })).toMatchObject({ address: PUBLIC }); // prettier-ignore
    expect(asked).toBe(1);
    const both = leads('10.0.0.1', PUBLIC);
    expect(await reachable({ host: 'a.example', port: 9, allowPrivate: false, resolve: both })).toMatchObject({ address: PUBLIC }); // prettier-ignore
  });

  it('by UDP gets to a private address with the yes', async () => {
    const socket = createSocket('udp4');
    const got = new Promise<string>((done) => socket.once('message', (message) => done(message.toString())));
    const port = await new Promise<number>((done) => socket.bind(0, '127.0.0.1', () => done(socket.address().port)));
    await byUdp(Buffer.from('hello'), { host: 'nas.local', port, allowPrivate: true, signal, resolve: leads('127.0.0.1') }); // prettier-ignore
    expect(await got).toBe('hello');
    socket.close();
  });
});
