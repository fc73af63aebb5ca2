/**
 * Which suppression silences an incident. Scopes are compiled once; the time at which they may have expired is an
 * argument, so that the same input always gives the same answer.
 */
import type { Incident } from '../../../../src-shared/domain/report.ts';
import { contains, parseAddress, parseNetwork, type Network } from '../../../../src-shared/domain/network.ts';
import type { Suppression, SuppressionScope } from '../../../../src-shared/domain/suppression.ts';

/** The protocols of an incident's flows; asked for only where a scope names one. */
export type Protocols = () => ReadonlySet<string>;

/** What of an incident a scope looks at. */
export type Suppressible = Pick<
  Incident,
  'kind' | 'sources' | 'sourcesTotal' | 'targets' | 'targetsTotal' | 'ports' | 'portsTotal' | 'domains' | 'domainsTotal'
>;

export interface Matcher {
  id: number;
  matches(incident: Suppressible, protocols: Protocols): boolean;
}

type Test = (incident: Suppressible, protocols: Protocols) => boolean;

/** Every address lies in the network. A list that was cut at its limit is not known whole: it does not match. */
function within(network: Network, addresses: readonly string[], total: number): boolean {
  if (addresses.length === 0 || total > addresses.length) return false;
  return addresses.every((text) => {
    const address = parseAddress(text);
    return address !== null && contains(network, address);
  });
}

/** `*.example.com` means every name below example.com, not example.com itself. */
function domainTest(pattern: string): (name: string) => boolean {
  const wanted = pattern.toLowerCase().replace(/\.$/, '');
  const suffix = wanted.startsWith('*.') ? wanted.slice(1) : null;
  return (name) => {
    const low = name.toLowerCase().replace(/\.$/, '');
    return suffix === null ? low === wanted : low.endsWith(suffix) && low.length > suffix.length;
  };
}

function networkOf(text: string): Network {
  const network = parseNetwork(text);
  if (!network) throw new RangeError(`${text} is neither an address nor a network`);
  return network;
}

/** @throws RangeError for an address that is none (`scopeFault` tells before). */
function testsOf(scope: SuppressionScope): Test[] {
  const tests: Test[] = [];
  const { kind, source, destination, port, protocol, domain } = scope;
  if (kind !== undefined) tests.push((i) => i.kind === kind);
  if (source !== undefined) {
    const network = networkOf(source);
    tests.push((i) => within(network, i.sources, i.sourcesTotal));
  }
  if (destination !== undefined) {
    const network = networkOf(destination);
    tests.push((i) => within(network, i.targets, i.targetsTotal));
  }
  if (port !== undefined)
    tests.push((i) =>
      i.ports.length === 0 ? port === 0 : i.portsTotal <= i.ports.length && i.ports.every((p) => p === port),
    );
  if (domain !== undefined) {
    const fits = domainTest(domain);
    tests.push((i) => i.domains.length > 0 && i.domainsTotal <= i.domains.length && i.domains.every(fits));
  }
  if (protocol !== undefined) {
    const wanted = protocol.toLowerCase();
    tests.push((_, protocols) => protocols().has(wanted));
  }
  return tests;
}

/** Whether it silences anything at `now` (milliseconds since 1970). */
export function inForce({ enabled, expiresAt }: Pick<Suppression, 'enabled' | 'expiresAt'>, now: number): boolean {
  return enabled && (expiresAt === null || expiresAt > now);
}

/** The suppressions in force at `now`, in the order given. */
export function makeMatchers(
  suppressions: readonly Pick<Suppression, 'id' | 'scope' | 'enabled' | 'expiresAt'>[],
  now: number,
): Matcher[] {
  return suppressions.filter((s) => inForce(s, now)).map(({ id, scope }) => matcher(id, scope));
}

/** One scope alone. A scope without parts silences nothing. */
export function matcher(id: number, scope: SuppressionScope): Matcher {
  const tests = testsOf(scope);
  return { id, matches: (incident, protocols) => tests.length > 0 && tests.every((test) => test(incident, protocols)) };
}

/** Id of the first that silences the incident, or null. */
export function firstMatch(matchers: readonly Matcher[], incident: Suppressible, protocols: Protocols): number | null {
  let known: ReadonlySet<string> | undefined;
  const once: Protocols = () => (known ??= protocols());
  return matchers.find((m) => m.matches(incident, once))?.id ?? null;
}
