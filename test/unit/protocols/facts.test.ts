/** What is learned of flows, exactly. */
import { readdirSync, readFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FACT_GROUPS, factName, shownFacts } from '../../../src-shared/domain/facts.ts';
import { FlowContext } from '../../../src-main/meter/protocols/context.ts';
import { Expected } from '../../../src-main/meter/protocols/expected.ts';
import { TALKS } from './fact-samples.ts';
import { bytes, inspect, join, tcp, udp } from './wire.ts';

const INSPECTORS = path(import.meta.dirname, '../../../src-main/meter/protocols/inspectors');
const flow = (): FlowContext => {
  const context = new FlowContext();
  context.reset(new Expected());
  return context;
};

/** The names of facts that inspectors state by `how`, where they stand in the source. */
function stated(how: string): string[] {
  const call = new RegExp(`\\.(?:${how})\\(\\s*'([^']+)'`, 'g');
  return readdirSync(INSPECTORS).flatMap((file) =>
    [...readFileSync(path(INSPECTORS, file), 'utf8').matchAll(call)].map((m) => m[1]!),
  );
}

describe('what is learned of a flow', () => {
  it.each(TALKS.map((t) => [t.id, t] as const))('%s', (_id, talk) => {
    const { meta } = inspect(talk.options, (f) => {
      for (const [who, payload] of talk.say) f[who === 'c' ? 'client' : 'server'](payload);
    });
    expect(meta?.facts).toEqual(talk.facts);
  });

  it.each(TALKS.filter((t) => t.options.proto === 6).map((t) => [t.id, t] as const))(
    '%s, in small segments, never says more and never a secret',
    (_id, talk) => {
      const { meta } = inspect(talk.options, (f) => {
        for (const [who, payload] of talk.say) f[who === 'c' ? 'client' : 'server'](payload, 5);
      });
      expect(JSON.stringify(meta?.facts ?? {})).not.toMatch(/secret|hunter|xc3511/);
    },
  );

  it('has words for people', () => {
    const ids = TALKS.flatMap((t) => Object.keys(t.facts));
    expect(ids.filter((id) => factName(id) === '')).toEqual([]);
  });

  it('has words wherever an inspector states a fact by its name', () => {
    const ids = stated('fact|also');
    expect(ids.length).toBeGreaterThan(150);
    expect([...new Set(ids)].filter((id) => factName(id) === '')).toEqual([]);
  });
});

describe('docs/facts.md', () => {
  const rows = [
    ...readFileSync(path(import.meta.dirname, '../../../docs/facts.md'), 'utf8').matchAll(
      /^\| .*\| `([a-z0-9.-]+)` \| (.+) \| (one|list) \|$/gm,
    ),
  ];

  it('lists every fact with its words, and no other', () => {
    const listed = new Map(rows.map(([, id = '', words = '']) => [id, words]));
    const known = Object.entries(FACT_GROUPS).flatMap(([prefix, { facts }]) =>
      Object.entries(facts).map(([rest, words]) => [rest === '' ? prefix : `${prefix}.${rest}`, words] as const),
    );
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(known));
  });

  it('says which have several values', () => {
    const several = new Set(stated('also'));
    const single = new Set(stated('fact').filter((id) => !several.has(id)));
    const said = (kind: string): Set<string> => new Set(rows.filter((row) => row[3] === kind).map((row) => row[1]!));
    expect(several.difference(said('list'))).toEqual(new Set());
    expect(single.difference(said('one'))).toEqual(new Set());
  });
});

describe('who says what he is called', () => {
  it('is a workstation that logs in by NTLM, and a sender of NetBIOS datagrams and registrations', () => {
    const encoded = (name: string, suffix: number): string =>
      [...bytes(name.padEnd(15)), suffix]
        .map((b) => String.fromCharCode(97 + (b >> 4), 97 + (b & 15)))
        .join('')
        .toUpperCase();
    const datagram = join([0x11, 0x0a], new Uint8Array(12), [32], bytes(encoded('WS7', 0)), [0], new Uint8Array(40));
    expect(inspect(udp(138, 138), (f) => f.client(datagram)).wire.of('named')).toMatchObject([
      { source: 'netbios', name: 'ws7<00>', fromOrig: true },
    ]);
    const registration = (flags: number): Uint8Array =>
      join([0, 7, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1, 32], bytes(encoded('WS7', 0x20)), [
        0,
        0,
        0x20,
        0,
        1,
        0xc0,
        12,
        0,
        0x20,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        6,
        flags,
        0,
        10,
        0,
        0,
        1,
      ]);
    expect(inspect(udp(137, 137), (f) => f.client(registration(0))).wire.of('named')).toMatchObject([
      { source: 'netbios', name: 'ws7<20>' },
    ]);
    expect(inspect(udp(137, 137), (f) => f.client(registration(0x80))).wire.of('named')).toEqual([]);
  });

  it('is not the host behind a proxy: SOCKS says that it passes on', () => {
    const { wire } = inspect(tcp(1080), (f) =>
      f.client('\x05\x01\0').server('\x05\0').client('\x05\x01\0\x01\x0a\0\0\x09\0\x50'),
    );
    expect(wire.of('tunnel')).toHaveLength(1);
  });
});

describe('facts with several values', () => {
  it('keep the first eight that differ, and say that there were more', () => {
    const context = flow();
    for (const name of ['a', 'b', 'a', 'c', 'd', 'e', 'f', 'g', 'h', 'a', 'i', 'j']) context.also('smb.create', name);
    expect(context.meta()?.facts).toEqual({ 'smb.create': 'a | b | c | d | e | f | g | h | …' });
  });

  it('stay within the length of a fact', () => {
    const context = flow();
    for (let i = 0; i < 20; i++) context.also('smb.create', String(i).repeat(120));
    const { 'smb.create': said = '' } = context.meta()?.facts ?? {};
    expect(said.length).toBeLessThanOrEqual(256);
    expect(said.endsWith(' | …')).toBe(true);
  });
});

describe('a value that holds the separator', () => {
  it('stays one value', () => {
    const context = flow();
    context.inTheClear('password', 'a | password of root');
    context.inTheClear('password', 'b |');
    context.inTheClear('password', 'c');
    context.fact('http.agent', 'a | | b');
    context.fact('http.uri', '/a|b');
    expect(context.meta()?.facts).toEqual({
      clear: 'password of a ¦ password of root | password of b ¦ | password of c',
      'http.agent': 'a ¦ ¦ b',
      'http.uri': '/a|b',
    });
  });
});

describe('facts on screen', () => {
  it('stand by protocol, in one order, with words and values apart', () => {
    expect(
      shownFacts({
        'x.y': '1',
        'smb.create': 'a | b',
        'tls.ja4': 'j',
        'tls.sni': 's',
        clear: 'password',
        'tls.odd': '?',
      }),
    ).toEqual([
      {
        title: 'Secrets in the clear',
        facts: [{ id: 'clear', name: 'Crossed the wire readable', values: ['password'] }],
      },
      { title: 'SMB', facts: [{ id: 'smb.create', name: 'Files and pipes opened', values: ['a', 'b'] }] },
      {
        title: 'TLS',
        facts: [
          { id: 'tls.sni', name: 'Server name', values: ['s'] },
          { id: 'tls.ja4', name: 'JA4', values: ['j'] },
          { id: 'tls.odd', name: '', values: ['?'] },
        ],
      },
      { title: 'x', facts: [{ id: 'x.y', name: '', values: ['1'] }] },
    ]);
  });

  it('knows no fact by the names of every object', () => {
    expect(factName('constructor')).toBe('');
    expect(factName('tls.constructor')).toBe('');
    expect(FACT_GROUPS['tls']?.title).toBe('TLS');
  });
});
