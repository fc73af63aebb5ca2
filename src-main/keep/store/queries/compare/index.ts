/** Two captures or times: what is new, gone, more and less, and what carries most of the difference. */
import type Database from 'better-sqlite3';
import { COMPARE_ROWS, type CompareSide, type Comparison } from '../../../../../src-shared/contract/topics/compare.ts';
import { SEVERITIES } from '../../../../../src-shared/domain/incident.ts';
import { formatDuration } from '../../../../../src-shared/domain/time.ts';
import { hostNames } from '../hosts.ts';
import { amountsOf, changesOf, fewest, moved, type Amounts, type Scale } from './changes.ts';
import { readSide, type IncidentLine, type Read } from './side.ts';
import { ENTRIES_MAX, type Sum } from './tally.ts';

/** From this much longer on, amounts are given by the hour. */
const MUCH_LONGER = 1.25;
/** Of less than this, seconds, no amount by the hour is told. */
const LEAST_S = 1;
const HOUR = 3600;
const NAMES_AT_ONCE = 200;

const moreBytes = (a: Sum, b: Sum): number => b.bytes - a.bytes;
const graver = (a: IncidentLine, b: IncidentLine): number =>
  SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);

function split(key: string): [string, string] {
  const [first = '', second = ''] = key.split('\n');
  return [first, second];
}

/** Names of the hosts that are shown, by the newest capture that knows one. */
function namesOf(db: Database.Database, addresses: readonly string[], reads: readonly Read[]): Map<string, string> {
  const names = new Map<string, string>();
  const all = [...new Set(addresses)];
  for (const { capture } of reads.flatMap(({ side }) => side.captures)) {
    for (let at = 0; at < all.length; at += NAMES_AT_ONCE) {
      const asked = all.slice(at, at + NAMES_AT_ONCE).filter((address) => !names.has(address));
      if (asked.length === 0) continue;
      for (const { address, name } of hostNames(db, { capture, addresses: asked }).names) names.set(address, name);
    }
  }
  return names;
}

function scaleOf(a: Read, b: Read): { measure: Comparison['measure']; scale: Scale } {
  const [shorter, longer] = [a.side.seconds, b.side.seconds].sort((x, y) => x - y) as [number, number];
  if (shorter < LEAST_S || longer <= shorter * MUCH_LONGER) return { measure: 'bytes', scale: { a: 1, b: 1 } };
  return { measure: 'bytes-per-hour', scale: { a: HOUR / a.side.seconds, b: HOUR / b.side.seconds } };
}

function notesOf(a: Read, b: Read, measure: Comparison['measure']): string[] {
  const notes: string[] = [];
  for (const [name, { side, twice, samples, tally }] of [
    ['A', a],
    ['B', b],
  ] as const) {
    if (side.flows === 0) notes.push(`There are no flows in ${name}: everything of the other side shows as different.`);
    if (twice.length > 0)
      notes.push(
        `Read twice, so counted once in ${name}: ${twice.slice(0, 5).join(', ')}${twice.length > 5 ? ' …' : ''}.`,
      );
    if (samples.length > 0) notes.push(`The built-in sample lies in ${name}, and is left out: it is made up.`);
    if (tally.full)
      notes.push(
        `${name} has more than ${ENTRIES_MAX.toLocaleString('en-US')} hosts, pairs or services: later ones are left out.`,
      );
  }
  if (measure === 'bytes-per-hour')
    notes.push(
      `A holds ${formatDuration(a.side.seconds)} of packets and B ${formatDuration(b.side.seconds)}: amounts are per hour. A longer time also meets more hosts.`,
    );
  return notes;
}

type Unnamed<R> = Omit<R, 'name'>;

function volumes<R extends Amounts & { key: string }>(
  rows: readonly R[],
): { rows: (R & { name: string })[]; total: number } {
  return { rows: rows.slice(0, COMPARE_ROWS).map((row) => ({ ...row, name: '' })), total: rows.length };
}

function incidentChanges(a: Read, b: Read): Comparison['incidents'] {
  return changesOf(a.incidents, b.incidents, graver, (_, { sources: _sources, ...line }) => line);
}

function explained(
  a: Read,
  b: Read,
  scale: Scale,
): Omit<Comparison['explains'], 'rows'> & {
  rows: Unnamed<Comparison['explains']['rows'][number]>[];
} {
  const found = fewest(moved(a.tally.movers, b.tally.movers, scale));
  return {
    ...amountsOf(a.tally.bytes, b.tally.bytes, scale),
    ...found,
    rows: found.rows.map(({ key, ...row }) => {
      const [address, service] = split(key);
      return { address, service, ...row };
    }),
  };
}

/** Puts names beside the addresses of everything that is shown. */
function named(db: Database.Database, found: Comparison, reads: readonly Read[]): Comparison {
  const { hosts, services, peers } = found;
  const rows = [hosts, services, peers].flatMap((each) => [...each.new.rows, ...each.gone.rows]);
  const addresses = [
    ...rows.flatMap((row) => ('peer' in row ? [row.address, row.peer] : [row.address])),
    ...found.volumes.hosts.rows.map(({ key }) => key),
    ...found.explains.rows.map(({ address }) => address),
  ];
  const names = namesOf(db, addresses, reads);
  const nameOf = (address: string): string => names.get(address) ?? '';
  for (const row of rows) {
    row.name = nameOf(row.address);
    if ('peer' in row) row.peerName = nameOf(row.peer);
  }
  for (const row of found.volumes.hosts.rows) row.name = nameOf(row.key);
  for (const row of found.explains.rows) row.name = nameOf(row.address);
  return found;
}

/** @throws SondeError `not-found` */
export function compareOf(db: Database.Database, sides: { a: CompareSide; b: CompareSide }): Comparison {
  const [a, b] = [readSide(db, sides.a), readSide(db, sides.b)];
  const { measure, scale } = scaleOf(a, b);
  const explains = explained(a, b, scale);
  const found: Comparison = {
    a: a.side,
    b: b.side,
    measure,
    hosts: changesOf(
      a.tally.hosts,
      b.tally.hosts,
      (x, y) => Number(y.local) - Number(x.local) || moreBytes(x, y),
      (address, sum) => ({ address, name: '', ...sum }),
    ),
    services: changesOf(a.tally.offered, b.tally.offered, moreBytes, (_, sum) => ({ name: '', ...sum })),
    peers: changesOf(a.tally.peers, b.tally.peers, moreBytes, (key, sum) => {
      const [address, peer] = split(key);
      return { address, name: '', peer, peerName: '', ...sum };
    }),
    incidents: incidentChanges(a, b),
    volumes: {
      hosts: volumes(moved(a.tally.hosts, b.tally.hosts, scale)),
      services: volumes(moved(a.tally.services, b.tally.services, scale)),
    },
    explains: { ...explains, rows: explains.rows.map((row) => ({ ...row, name: '' })) },
    notes: notesOf(a, b, measure),
  };
  return named(db, found, [b, a]);
}
