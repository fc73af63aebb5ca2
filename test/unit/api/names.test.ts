/** Which names a host is kept under: from where, when and said by whom. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import type { ProtocolMessage } from '../../../src-main/meter/protocols/types.ts';
import { NameTable, validName } from '../../../src-main/run/api/import/name-table.ts';
import { NameCollector } from '../../../src-main/run/api/import/names.ts';

const CLIENT = '10.0.0.7';
const SERVER = '10.0.0.2';
const hosts = new HostTable();
const id = (address: string): number =>
  hosts.intern(
    Uint32Array.of(
      0,
      0,
      0xffff,
      address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0),
    ),
    0,
  );

let names: NameCollector;
let clock: number;
beforeEach(() => {
  names = new NameCollector();
  clock = 100;
});

/** One message from CLIENT to SERVER, or back; a second after the one before. */
function say(kind: ProtocolMessage['kind'], rest: Record<string, unknown>): void {
  const head = { sec: clock++, nano: 0, flow: 1, orig: id(CLIENT), resp: id(SERVER), respPort: 1, fromOrig: true };
  names.add([{ ...head, kind, ...rest } as unknown as ProtocolMessage], hosts);
}
const unasked = (rest: Record<string, unknown>): void =>
  say('dns', { variant: 'dns', id: 1, response: true, fromOrig: false, qtype: 1, addresses: [], names: [], ...rest });
/** A question, and its answer in the same second. */
const dns = (rest: Record<string, unknown>): void => {
  unasked({ ...rest, response: false, fromOrig: true });
  clock--;
  unasked(rest);
};
const dhcp = (type: number, rest: Record<string, unknown>): void =>
  say('dhcp', {
    type,
    clientMac: '02:00:00:00:00:01',
    hostname: '',
    yourAddress: '',
    requested: '',
    serverId: '',
    ...rest,
  });
const http = (rest: Record<string, unknown>): void =>
  say('http', { method: 'GET', uri: '/', host: 'shop.example', ...rest });
const hello = (sni: string, rest: Record<string, unknown> = {}): void =>
  say('tls', { what: 'client-hello', sni, subject: '', ...rest });
const found = (): string[] =>
  names.result().names.map((n) => `${n.address} ${n.source} ${n.name} ${n.first}-${n.last} ${n.by}`);

describe('names of hosts', () => {
  it('come from answers of DNS, with the times of the first and the last one and who gave it', () => {
    dns({ qname: 'a.example', addresses: ['192.0.2.1'] });
    dns({ qname: 'a.example', addresses: ['192.0.2.1'] });
    expect(found()).toEqual([`192.0.2.1 dns a.example 100-101 ${SERVER}`]);
  });

  it('come from answers to questions for an address', () => {
    dns({ qname: '1.2.0.192.in-addr.arpa', qtype: 12, names: ['b.example'] });
    expect(found()).toEqual([`192.0.2.1 dns b.example 100-100 ${SERVER}`]);
  });

  it('come from NetBIOS without its sixteenth byte, and never from groups', () => {
    dns({ variant: 'nbns', qname: 'files<20>', addresses: ['10.0.0.9'] });
    dns({ variant: 'nbns', qname: 'corp<1c>', addresses: ['10.0.0.9'] });
    say('named', { source: 'netbios', name: 'ws7<00>' });
    say('named', { source: 'netbios', name: 'corp<1e>' });
    expect(found()).toEqual([`10.0.0.9 netbios files 100-100 ${SERVER}`, `${CLIENT} netbios ws7 102-102 ${CLIENT}`]);
  });

  it('come from answers for an IPv6 address', () => {
    const reversed = '200100000000000000000000db800007'.split('').reverse().join('.');
    dns({ qname: `${reversed}.ip6.arpa`, qtype: 12, names: ['six.example'] });
    expect(found()).toEqual([`2001::db80:7 dns six.example 100-100 ${SERVER}`]);
  });

  it('come from addresses beside an answer for a service, whose name is never a host', () => {
    const besides = { addresses: ['192.0.2.8'], owners: ['dc1.corp.example'] };
    dns({ qname: '_ldap._tcp.corp.example', qtype: 33, names: ['dc1.corp.example'], besides });
    const printer = { addresses: [CLIENT], owners: ['printer.local'] };
    const announced = { variant: 'mdns', fromOrig: true, besides: printer };
    unasked({ ...announced, qname: '_ipp._tcp.local', qtype: 12, names: ['Printer._ipp._tcp.local'] });
    expect(found()).toEqual([
      `${CLIENT} mdns printer.local 101-101 ${CLIENT}`,
      `192.0.2.8 dns dc1.corp.example 100-100 ${SERVER}`,
    ]);
  });

  it('of a host that answers for its service are its own, not the name of the service', () => {
    const answer = { addresses: [CLIENT], owners: ['printer.local'], names: ['printer.local'] };
    unasked({ variant: 'mdns', fromOrig: true, qname: 'Printer._ipp._tcp.local', qtype: 33, ...answer });
    expect(found()).toEqual([`${CLIENT} mdns printer.local 100-100 ${CLIENT}`]);
  });

  it('come from NTLM: each end says its own', () => {
    say('named', { source: 'ntlm', name: 'WS7' });
    say('named', { source: 'ntlm', name: 'dc1.corp.example', fromOrig: false });
    expect(found()).toEqual([
      `${CLIENT} ntlm WS7 100-100 ${CLIENT}`,
      `${SERVER} ntlm dc1.corp.example 101-101 ${SERVER}`,
    ]);
  });

  it('come from certificates of servers: subject and further names, where they look like those of hosts', () => {
    const subject = 'CN=Shop.Example,O=Shop';
    say('tls', { what: 'certificate', sni: '', subject, names: ['www.shop.example'], fromOrig: false });
    say('tls', { what: 'certificate', sni: '', subject: 'CN=Anna Example', fromOrig: false });
    say('tls', { what: 'certificate', sni: '', subject: 'CN=anna.example', fromOrig: true });
    expect(found()).toEqual([
      `${SERVER} certificate shop.example 100-100 ${SERVER}`,
      `${SERVER} certificate www.shop.example 100-100 ${SERVER}`,
    ]);
  });

  it('are what a client asked for', () => {
    hello('shop.example');
    http({ host: 'www.example:8080' });
    expect(found()).toEqual([
      `${SERVER} tls shop.example 100-100 ${CLIENT}`,
      `${SERVER} http www.example 101-101 ${CLIENT}`,
    ]);
  });

  it('are no addresses', () => {
    http({ host: '192.0.2.9:80' });
    hello('192.0.2.9');
    expect(found()).toEqual([]);
  });
});

describe('a proxy', () => {
  it('does not get the name of what is asked of it', () => {
    http({ uri: 'http://shop.example/', host: 'shop.example' });
    expect(found()).toEqual([]);
  });

  it('does not get the names within a tunnel through it', () => {
    http({ method: 'CONNECT', uri: 'shop.example:443', host: 'shop.example' });
    hello('shop.example');
    say('tls', { what: 'certificate', sni: '', subject: 'CN=shop.example', fromOrig: false });
    expect(found()).toEqual([]);
    hello('proxy.example', { flow: 2 });
    expect(found()).toEqual([`${SERVER} tls proxy.example 103-103 ${CLIENT}`]);
  });

  it('does not get them where it speaks SOCKS', () => {
    say('tunnel', {});
    hello('shop.example');
    http({});
    expect(found()).toEqual([]);
  });
});

describe('names by DHCP', () => {
  it('belong to the address that the server gives', () => {
    dhcp(3, { hostname: 'ws7', requested: '10.0.0.50' });
    dhcp(5, { yourAddress: '10.0.0.51', serverId: '10.0.0.1' });
    expect(found()).toEqual([`10.0.0.51 dhcp ws7 101-101 ${CLIENT}`]);
  });

  it('are a claim on the address asked for where the answer was not seen', () => {
    dhcp(3, { hostname: 'ws7', requested: '10.0.0.50' });
    expect(found()).toEqual([`10.0.0.50 claimed ws7 100-100 ${CLIENT}`]);
  });

  it('belong to nobody where the server refuses', () => {
    dhcp(3, { hostname: 'ws7', requested: '10.0.0.50' });
    dhcp(6, {});
    expect(found()).toEqual([]);
  });

  it('are known at once of a client that has its address and only asks for more', () => {
    dhcp(8, { hostname: 'ws7', requested: CLIENT });
    expect(found()).toEqual([`${CLIENT} dhcp ws7 100-100 ${CLIENT}`]);
  });

  it('are claims where another host says them, or a server that nobody had asked', () => {
    dhcp(8, { hostname: 'ws7', requested: '10.0.0.50' });
    dhcp(5, { hostname: 'ws8', yourAddress: '10.0.0.51', serverId: '10.0.0.1' });
    expect(found()).toEqual([`10.0.0.50 claimed ws7 100-100 ${CLIENT}`, `10.0.0.51 claimed ws8 101-101 ${CLIENT}`]);
  });
});

describe('answers that nobody asked for', () => {
  it('are claims, but of an address by itself', () => {
    unasked({ qname: 'a.example', addresses: ['192.0.2.1'] });
    unasked({ variant: 'mdns', qname: 'b.local', addresses: ['10.0.0.9'] });
    unasked({ variant: 'mdns', qname: 'own.local', addresses: [SERVER] });
    expect(found().toSorted()).toEqual(
      [
        `10.0.0.9 claimed b.local 101-101 ${SERVER}`,
        `${SERVER} mdns own.local 102-102 ${SERVER}`,
        `192.0.2.1 claimed a.example 100-100 ${SERVER}`,
      ].toSorted(),
    );
  });

  it('are those to a question long ago, of their own sender, or a second time', () => {
    const answer = { variant: 'mdns', qname: 'b.local', addresses: ['10.0.0.9'] };
    unasked({ ...answer, response: false });
    unasked(answer);
    unasked({ ...answer, response: false, fromOrig: true });
    clock += 60;
    unasked(answer);
    dns({ qname: 'a.example', addresses: ['10.0.0.8'] });
    unasked({ qname: 'other.example', addresses: ['10.0.0.8'] });
    expect(found().map((line) => line.split(' ', 3).join(' '))).toEqual(
      ['10.0.0.9 claimed b.local', '10.0.0.8 dns a.example', '10.0.0.8 claimed other.example'].toSorted(
        (a, b) => Number(a.startsWith('10.0.0.9')) - Number(b.startsWith('10.0.0.9')),
      ),
    );
  });

  it('give each address the name of its own record, and an alias that of the question', () => {
    dns({
      qname: 'a.example',
      addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
      owners: ['a.example', 'b.example', 'cdn.example'],
      names: ['cdn.example'],
    });
    expect(found().map((line) => line.split(' ')[2])).toEqual(['a.example', 'b.example', 'a.example']);
  });
});

describe('a valid name', () => {
  it.each([
    ['ws-7_b.corp.example', 'ws-7_b.corp.example'],
    ['Büro Süd', 'Büro Süd'],
    ['*.shop.example', '*.shop.example'],
    ['a\u202eb', 'a?b'],
    ['a\u2028b\ud800', 'a?b?'],
    ['<img src=x onerror=a(1)>', ''],
    ['anna:S3cret@host', ''],
    ['?-.', ''],
    ['x'.repeat(300), 'x'.repeat(64)],
  ])('of %j is %j', (said, kept) => {
    expect(validName(said)).toBe(kept);
  });
});

describe('bounds', () => {
  it('keeps eight names a host of our own and source, two of others: the newest and those said most', () => {
    for (const address of ['10.0.0.1', '192.0.2.1']) {
      dns({ qname: 'often.example', addresses: [address] });
      for (let i = 0; i < 20; i++) dns({ qname: `n${i}.example`, addresses: [address] });
      dns({ qname: 'often.example', addresses: [address] });
      dns({ qname: 'last.example', addresses: [address] });
    }
    const kept = found();
    expect(kept.filter((line) => line.startsWith('10.'))).toHaveLength(8);
    expect(kept.filter((line) => line.startsWith('192.')).map((line) => line.split(' ')[2])).toEqual([
      'last.example',
      'often.example',
    ]);
  });

  it('forgets claims before strangers, strangers before our own, and tells how many', () => {
    const table = new NameTable(3 * 704);
    table.add('10.0.0.1', 'dns', 'own', 1, SERVER);
    table.add('192.0.2.1', 'dns', 'stranger', 1, SERVER);
    table.add('10.0.0.9', 'claimed', 'claim', 1, SERVER);
    for (let i = 0; i < 100; i++) table.add(`198.51.100.${i}`, 'claimed', 'flood', 2, SERVER);
    expect(table.rows().map(({ name }) => name)).toEqual(['own', 'stranger', 'flood']);
    for (let i = 0; i < 100; i++) table.add(`203.0.113.${i}`, 'dns', 'flood', 2, SERVER);
    expect(table.rows().map(({ name }) => name)).toEqual(['own', 'flood', 'flood']);
    expect(table.refused).toBe(200);
  });

  it('count nothing as given up where a busy address only has newer names for older ones', () => {
    const table = new NameTable();
    for (let i = 0; i < 40; i++) table.add('93.184.216.34', 'tls', `site${i}.example`, i, '10.0.0.5');
    expect(table.rows()).toHaveLength(2);
    expect(table.refused).toBe(0);
  });

  it('keeps what a full table is told again, and hands out what it keeps without a copy', () => {
    const table = new NameTable(4 * 704);
    for (let i = 0; i < 5; i++) table.add('10.0.0.1', 'dns', 'own', i, SERVER);
    for (let i = 0; i < 5; i++) table.add(`10.0.1.${i}`, 'dns', 'flood', 9, SERVER);
    expect(table.rows().map(({ name }) => name)).toContain('own');
    expect(table.rows()[0]).toBe(table.rows()[0]);
  });

  it('keeps the newest clients that wait for their address', () => {
    for (let i = 0; i < 4097; i++)
      dhcp(3, { clientMac: `m${i}`, hostname: `h${i}`, requested: i === 0 ? '10.1.0.1' : '10.0.0.50' });
    dhcp(5, { clientMac: 'm0', yourAddress: '10.1.0.1' });
    dhcp(5, { clientMac: 'm4096', yourAddress: '10.1.0.2' });
    const kept = found();
    expect(kept.find((line) => line.startsWith('10.1.0.1 '))).toContain('claimed h0');
    expect(kept.find((line) => line.startsWith('10.1.0.2 '))).toContain('dhcp h4096');
  });

  it('remembers a bounded number of tunnels, the newest', () => {
    for (let flow = 0; flow < 10_001; flow++) say('tunnel', { flow });
    hello('first.example', { flow: 0 });
    hello('last.example', { flow: 10_000 });
    expect(found().map((line) => line.split(' ')[2])).toEqual(['first.example']);
  });
});
