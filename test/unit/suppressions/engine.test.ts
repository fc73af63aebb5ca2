import { describe, expect, it } from 'vitest';
import {
  firstMatch,
  makeMatchers,
  matcher,
  type FlowMarks,
  type Suppressible,
} from '../../../src-main/detect/incidents/suppressions/engine.ts';
import { scopeFault, scopeText, type SuppressionScope } from '../../../src-shared/domain/suppression.ts';

const scan: Suppressible = {
  kind: 'port-scan',
  sources: ['10.0.0.5'],
  sourcesTotal: 1,
  targets: ['10.0.0.9', '10.0.0.10'],
  targetsTotal: 2,
  ports: [22, 80],
  portsTotal: 2,
  domains: ['a.example.com', 'b.example.com'],
  domainsTotal: 2,
  firstTs: '2026-03-10T22:30:00.000000000Z',
  detectors: { 'behaviour:port-scan': 0.97, 'behaviour:half-open-probe': 0.4, 'mean-z2': 0.99 },
};
const JA4 = 't13d1516h2_8daaf6152771_b186095e22b6';
const OTHER = 't13d1516h2_8daaf6152771_b186095e22b7';
const none: FlowMarks = { protocols: () => new Set(), ja4: () => new Set() };
const withJa4 = (...ja4: string[]): FlowMarks => ({ ...none, ja4: () => new Set(ja4) });
const silences = (scope: SuppressionScope, incident: Suppressible = scan, marks = none): boolean =>
  matcher(1, scope).matches(incident, marks);

describe('a scope', () => {
  it.each<[SuppressionScope, boolean]>([
    [{ kind: 'port-scan' }, true],
    [{ kind: 'host-sweep' }, false],
    [{ source: '10.0.0.5' }, true],
    [{ source: '10.0.0.0/24' }, true],
    [{ source: '10.0.1.0/24' }, false],
    [{ destination: '10.0.0.9' }, false],
    [{ destination: '10.0.0.8/29' }, true],
    [{ port: 80 }, false],
    [{ domain: '*.example.com' }, true],
    [{ domain: '*.EXAMPLE.com.' }, true],
    [{ domain: 'a.example.com' }, false],
    [{ domain: '*.ample.com' }, false],
    [{ kind: 'port-scan', source: '10.0.0.5' }, true],
    [{ kind: 'port-scan', source: '10.0.0.6' }, false],
    [{}, false],
  ])('%j: %s', (scope, expected) => expect(silences(scope)).toBe(expected));

  it('does not reach what it cannot see: a list cut at its limit, or an empty one', () => {
    expect(silences({ destination: '10.0.0.0/8' }, { ...scan, targetsTotal: 5000 })).toBe(false);
    expect(silences({ source: '0.0.0.0/0' }, { ...scan, sources: [], sourcesTotal: 0 })).toBe(false);
    expect(silences({ domain: '*.example.com' }, { ...scan, domainsTotal: 3 })).toBe(false);
    expect(silences({ domain: 'example.com' }, { ...scan, domains: [], domainsTotal: 0 })).toBe(false);
  });

  it('means names below a wildcard, not the name itself', () => {
    expect(silences({ domain: '*.example.com' }, { ...scan, domains: ['example.com'], domainsTotal: 1 })).toBe(false);
    expect(silences({ domain: 'example.com' }, { ...scan, domains: ['Example.com.'], domainsTotal: 1 })).toBe(true);
  });

  it('asks for protocols only when it names one, and once an incident', () => {
    let asked = 0;
    const protocols: FlowMarks = { ...none, protocols: () => (asked++, new Set(['tcp', 'ssh'])) };
    expect(silences({ kind: 'port-scan' }, scan, protocols)).toBe(true);
    expect(asked).toBe(0);
    const two = makeMatchers(
      [
        { id: 1, scope: { protocol: 'udp' }, enabled: true, expiresAt: null },
        { id: 2, scope: { protocol: 'SSH' }, enabled: true, expiresAt: null },
      ],
      0,
    );
    expect([firstMatch(two, scan, protocols), asked]).toEqual([2, 1]);
  });

  it('with a port means incidents about that port alone', () => {
    const one = { ...scan, ports: [22], portsTotal: 1 };
    expect([
      silences({ port: 22 }, one),
      silences({ port: 23 }, one),
      silences({ port: 22 }, { ...one, portsTotal: 9 }),
    ]).toEqual([true, false, false]);
  });

  it.each<[network: string, address: string, within: boolean]>([
    ['10.0.0.8/29', '10.0.0.8', true],
    ['10.0.0.8/29', '10.0.0.15', true],
    ['10.0.0.8/29', '10.0.0.16', false],
    ['10.0.0.8/29', '10.0.0.7', false],
    ['10.0.0.8/32', '10.0.0.8', true],
    ['10.0.0.8/32', '10.0.0.9', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/64', '2001:db8::ffff:ffff:ffff:ffff', true],
    ['2001:db8::/64', '2001:db8:0:1::', false],
    ['2001:db8::/127', '2001:db8::1', true],
    ['2001:db8::/127', '2001:db8::2', false],
  ])('of the network %s reaches %s: %s', (source, address, within) =>
    expect(silences({ source }, { ...scan, sources: [address] })).toBe(within),
  );

  it.each<[pattern: string, name: string, fits: boolean]>([
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'notexample.com', false],
    ['*.example.com', '.example.com', false],
    ['.example.com', 'example.com', true],
    ['.example.com', 'a.example.com', true],
    ['.example.com', 'notexample.com', false],
    ['*.com', 'example.com', true],
    ['*.com', 'com', false],
    ['example.com', 'a.example.com', false],
  ])('of the domain %s reaches %s: %s', (domain, name, fits) =>
    expect(silences({ domain }, { ...scan, domains: [name], domainsTotal: 1 })).toBe(fits),
  );

  it('of a fingerprint means that flows have it and none has another', () => {
    expect(silences({ ja4: JA4 }, scan, withJa4(JA4))).toBe(true);
    expect(silences({ ja4: JA4.toUpperCase() }, scan, withJa4(JA4))).toBe(true);
    expect(silences({ ja4: JA4 }, scan, withJa4(OTHER))).toBe(false);
    expect(silences({ ja4: JA4 }, scan, withJa4(JA4, OTHER))).toBe(false);
    expect(silences({ ja4: JA4 }, scan, withJa4())).toBe(false);
  });

  it('of a rule means what it found; of a signature, what nothing else found', () => {
    expect(silences({ rule: 'behaviour:port-scan' })).toBe(true);
    expect(silences({ rule: 'behaviour:half-open-probe' })).toBe(true);
    expect(silences({ rule: 'behaviour:host-sweep' })).toBe(false);
    const by = (...ids: string[]): Suppressible => ({
      ...scan,
      detectors: Object.fromEntries(ids.map((id) => [id, 1])),
    });
    const rule = 'signature:2010935';
    expect(silences({ rule }, by(rule))).toBe(true);
    expect(silences({ rule }, by(rule, 'mean-z2', 'capture:mean-z2', 'anomaly:size'))).toBe(true);
    expect(silences({ rule }, by(rule, 'signature:2010936'))).toBe(false);
    expect(silences({ rule }, by(rule, 'behaviour:port-scan'))).toBe(false);
    expect(silences({ rule: 'constructor' })).toBe(false);
  });

  it('of a time looks at the first packet', () => {
    const time = { hours: '22:00-23:00', zone: 'UTC' };
    expect(silences({ kind: 'port-scan', time })).toBe(true);
    expect(silences({ time }, { ...scan, firstTs: '2026-03-10T23:00:00.000000000Z' })).toBe(false);
    expect(silences({ time }, { ...scan, firstTs: '2026-03-10T22:59:59.999999999Z' })).toBe(true);
    expect(silences({ time: { ...time, zone: 'Europe/Berlin' } })).toBe(false);
    expect(silences({ time: { ...time, days: ['wed'] } })).toBe(false);
  });

  it('without ports is port 0', () => {
    expect(silences({ port: 0 })).toBe(false);
    expect(silences({ port: 0 }, { ...scan, ports: [], portsTotal: 0 })).toBe(true);
  });
});

describe('time and switches', () => {
  const list = (now: number): number[] =>
    makeMatchers(
      [
        { id: 1, scope: { kind: 'port-scan' }, enabled: false, expiresAt: null },
        { id: 2, scope: { kind: 'port-scan' }, enabled: true, expiresAt: 1000 },
        { id: 3, scope: { kind: 'port-scan' }, enabled: true, expiresAt: null },
      ],
      now,
    ).map((m) => m.id);

  it('counts those that are on and have not expired at the time given', () => {
    expect([list(999), list(1000)]).toEqual([[2, 3], [3]]);
  });

  it('credits the first that fits', () => {
    const both = makeMatchers(
      [
        { id: 7, scope: { source: '10.0.0.5' }, enabled: true, expiresAt: null },
        { id: 8, scope: { kind: 'port-scan' }, enabled: true, expiresAt: null },
      ],
      0,
    );
    expect(firstMatch(both, scan, none)).toBe(7);
    expect(firstMatch(both, { ...scan, kind: 'ddos', sources: [], sourcesTotal: 0 }, none)).toBeNull();
  });
});

describe('a scope from outside', () => {
  it('is refused when it would silence everything or names nothing real', () => {
    expect(scopeFault({})).toContain('everything');
    expect(scopeFault({ source: '10.0.0.300' })).toContain('neither an address');
    expect(scopeFault({ domain: '*.*' })).toContain('domain');
    expect(scopeFault({ domain: '*.example.com', kind: 'dga' })).toBeNull();
    expect(scopeFault({ ja4: 'chrome' })).toContain('not a fingerprint');
    expect(scopeFault({ ja4: JA4 })).toBeNull();
    expect(scopeFault({ rule: 'port scan' })).toContain('blanks');
    expect(scopeFault({ time: { zone: 'UTC' } })).toContain('time: it would be always');
  });

  it('reads as a sentence', () => {
    expect(scopeText({ kind: 'port-scan', source: '10.0.0.5', port: 22 })).toBe('Port scan from 10.0.0.5 port 22');
    expect(scopeText({ domain: '*.x.org' })).toBe('anything about *.x.org');
    expect(scopeText({ rule: 'signature:1', time: { hours: '22:00-06:00', days: ['sat', 'fri'], zone: 'UTC' } })).toBe(
      'anything found by signature:1 at 22:00-06:00 on Friday, Saturday (UTC)',
    );
  });
});
