/** Which names a host is kept under: from where, when and said by whom. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import type { ProtocolMessage } from '../../../src-main/meter/protocols/types.ts';
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
const dns = (rest: Record<string, unknown>): void =>
  say('dns', { variant: 'dns', response: true, fromOrig: false, qtype: 1, addresses: [], names: [], ...rest });
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
    expect(found()).toEqual(['10.0.0.51 dhcp ws7 101-101 10.0.0.1']);
  });

  it('belong to the address asked for where the answer was not seen', () => {
    dhcp(3, { hostname: 'ws7', requested: '10.0.0.50' });
    expect(found()).toEqual(['10.0.0.50 dhcp ws7 100-100 10.0.0.50']);
  });

  it('belong to nobody where the server refuses', () => {
    dhcp(3, { hostname: 'ws7', requested: '10.0.0.50' });
    dhcp(6, {});
    expect(found()).toEqual([]);
  });

  it('are known at once of a client that has its address and only asks for more', () => {
    dhcp(8, { hostname: 'ws7', requested: '10.0.0.50' });
    expect(found()).toEqual(['10.0.0.50 dhcp ws7 100-100 10.0.0.50']);
  });
});

describe('bounds', () => {
  it('keeps eight names a host and source', () => {
    for (let i = 0; i < 20; i++) dns({ qname: `n${i}.example`, addresses: ['192.0.2.1'] });
    expect(found()).toHaveLength(8);
  });

  it('remembers a bounded number of tunnels, the newest', () => {
    for (let flow = 0; flow < 10_001; flow++) say('tunnel', { flow });
    hello('first.example', { flow: 0 });
    hello('last.example', { flow: 10_000 });
    expect(found().map((line) => line.split(' ')[2])).toEqual(['first.example']);
  });
});
