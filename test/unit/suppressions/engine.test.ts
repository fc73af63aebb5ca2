import { describe, expect, it } from 'vitest';
import {
  firstMatch,
  makeMatchers,
  matcher,
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
};
const none = (): ReadonlySet<string> => new Set();
const silences = (scope: SuppressionScope, incident: Suppressible = scan, protocols = none): boolean =>
  matcher(1, scope).matches(incident, protocols);

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
    const protocols = (): ReadonlySet<string> => (asked++, new Set(['tcp', 'ssh']));
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
  });

  it('reads as a sentence', () => {
    expect(scopeText({ kind: 'port-scan', source: '10.0.0.5', port: 22 })).toBe('Port scan from 10.0.0.5 port 22');
    expect(scopeText({ domain: '*.x.org' })).toBe('anything about *.x.org');
  });
});
