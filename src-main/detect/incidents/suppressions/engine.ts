/**
 * Which suppression silences an incident. Scopes are compiled once; the time at which they may have expired is an
 * argument, so that the same input always gives the same answer.
 */
import type { Incident } from '../../../../src-shared/domain/report.ts';
import { contains, parseAddress, parseNetwork, type Network } from '../../../../src-shared/domain/network.ts';
import { isFoundBy, type Suppression, type SuppressionScope } from '../../../../src-shared/domain/suppression.ts';
import { timeOfDayTest } from '../../../../src-shared/domain/time-of-day.ts';

/** What an incident's flows tell, lower case; each is asked for only where a scope names it. */
export interface FlowMarks {
  /** Transports and services. */
  protocols(): ReadonlySet<string>;
  /** Fingerprints of TLS clients. */
  ja4(): ReadonlySet<string>;
}

/** The same as they go from one thread to another. */
export interface MarkLists {
  protocols: readonly string[];
  ja4: readonly string[];
}

/** Among fingerprints: there is a flow whose client may have one that is not known, or not yet. */
export const UNKNOWN_MARK = '?';

export const NO_LISTS: MarkLists = { protocols: [], ja4: [] };

export function marksOfLists({ protocols, ja4 }: MarkLists): FlowMarks {
  return { protocols: () => new Set(protocols), ja4: () => new Set(ja4) };
}

const NOTHING: ReadonlySet<string> = new Set();
/** Where the flows are not known yet: a scope that looks at them silences nothing. */
export const NO_MARKS: FlowMarks = { protocols: () => NOTHING, ja4: () => NOTHING };

/** What of an incident a scope looks at. */
export type Suppressible = Pick<
  Incident,
  | 'kind'
  | 'firstTs'
  | 'sources'
  | 'sourcesTotal'
  | 'targets'
  | 'targetsTotal'
  | 'ports'
  | 'portsTotal'
  | 'domains'
  | 'domainsTotal'
  | 'detectors'
>;

export interface Matcher {
  id: number;
  matches(incident: Suppressible, marks: FlowMarks): boolean;
}

type Test = (incident: Suppressible, marks: FlowMarks) => boolean;

/** Every address lies in the network. A list that was cut at its limit is not known whole: it does not match. */
function within(network: Network, addresses: readonly string[], total: number): boolean {
  if (addresses.length === 0 || total > addresses.length) return false;
  return addresses.every((text) => {
    const address = parseAddress(text);
    return address !== null && contains(network, address);
  });
}

/** `*.example.com` means every name below example.com, not example.com itself; `.example.com` means it, too. */
function domainTest(pattern: string): (name: string) => boolean {
  const wanted = pattern.toLowerCase().replace(/\.$/, '');
  const below = wanted.startsWith('*.') ? wanted.slice(1) : wanted;
  const itself = wanted.replace(/^\./, '');
  return (name) => {
    const low = name.toLowerCase().replace(/\.$/, '');
    return low === itself || (below.startsWith('.') && low.endsWith(below) && low.length > below.length);
  };
}

function networkOf(text: string): Network {
  const network = parseNetwork(text);
  if (!network) throw new RangeError(`${text} is neither an address nor a network`);
  return network;
}

/** Of the incident alone. */
function ownTests({ kind, source, destination, port, domain, rule, time }: SuppressionScope): Test[] {
  const tests: Test[] = [];
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
  if (rule !== undefined) tests.push((i) => isFoundBy(rule, i.detectors));
  if (time !== undefined) {
    const fits = timeOfDayTest(time);
    tests.push((i) => fits(i.firstTs));
  }
  return tests;
}

/** Of its flows, which have to be read first. */
function flowTests({ protocol, ja4 }: SuppressionScope): Test[] {
  const tests: Test[] = [];
  if (protocol !== undefined) {
    const wanted = protocol.toLowerCase();
    tests.push((_, marks) => marks.protocols().has(wanted));
  }
  if (ja4 !== undefined) {
    const wanted = ja4.toLowerCase();
    tests.push((_, marks) => {
      const found = marks.ja4();
      return found.size === 1 && found.has(wanted);
    });
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

/**
 * One scope alone. A scope without parts silences nothing.
 *
 * @throws RangeError for an address or a time zone that is none (`scopeFault` tells before)
 */
export function matcher(id: number, scope: SuppressionScope): Matcher {
  const tests = [...ownTests(scope), ...flowTests(scope)];
  return { id, matches: (incident, marks) => tests.length > 0 && tests.every((test) => test(incident, marks)) };
}

function once<T>(read: () => T): () => T {
  let known: { value: T } | undefined;
  return () => (known ??= { value: read() }).value;
}

/** The same, read once at most. */
function remembered(marks: FlowMarks): FlowMarks {
  return { protocols: once(() => marks.protocols()), ja4: once(() => marks.ja4()) };
}

/** Id of the first that silences the incident, or null. */
export function firstMatch(matchers: readonly Matcher[], incident: Suppressible, marks: FlowMarks): number | null {
  const read = remembered(marks);
  return matchers.find((m) => m.matches(incident, read))?.id ?? null;
}
