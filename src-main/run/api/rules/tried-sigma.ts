/** Looks through captures by Sigma rules that are being tried. */
import { TRIED_HITS, type Tried } from '../../../../src-shared/contract/topics/rules.ts';
import { NO_DEVICES } from '../../../detect/devices/none.ts';
import { makeNetworkView } from '../../../detect/incidents/network.ts';
import type { EventEnds } from '../../../detect/signatures/sigma/event.ts';
import type { Head } from '../../../detect/signatures/sigma/head.ts';
import { Sigma } from '../../../detect/signatures/sigma/sigma.ts';
import type { BehaviourContext } from '../../../detect/types.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import { openSource } from '../../pipeline/source.ts';
import { numberOf } from './sigma-number.ts';
import { detectorOf } from '../../../detect/signatures/sigma/finding.ts';
import type { TryData } from './messages.ts';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Where the key that a rule is refused for stands, from 1: the first from the rule's line on; the rule itself where it stands nowhere. */
function placeOf(lines: readonly string[], line: number, key: string): { line: number; column: number } {
  const known = new RegExp(`^(\\s*(?:-\\s+)*["']?)${escaped(key)}["']?\\s*[:|]`);
  for (let at = line - 1; at < lines.length; at++) {
    if (at >= line && lines[at]!.startsWith('---')) break;
    const [, before] = known.exec(lines[at]!) ?? [];
    if (before !== undefined) return { line: at + 1, column: before.length + 1 };
  }
  return { line, column: 0 };
}

function refusedOf(sigma: Sigma, text: string): Tried['refused'] {
  const lines = text.split('\n');
  return sigma.refused.map(({ line, rule, key, reason }) => {
    const why = rule === '' ? reason : `“${rule}”: ${reason}`;
    return { ...placeOf(lines, line, key), keyword: key, reason: why };
  });
}

function hitOf(head: Head, ends: EventEnds, hosts: HostTable): Tried['hits'][number] {
  const address = (host: number): string => (host > 0 ? hosts.address(host) : '');
  return {
    sid: numberOf(detectorOf(head)),
    message: head.title,
    ts: ends.sec + ends.nano / 1e9,
    source: address(ends.orig),
    sourcePort: 0,
    target: address(ends.resp),
    targetPort: ends.respPort,
    flow: ends.flow >= 0 ? ends.flow : null,
  };
}

function contextOf(hosts: HostTable, networks: TryData['networks']): BehaviourContext {
  const nothing = (): void => {};
  return {
    hosts,
    network: makeNetworkView(hosts, networks),
    devices: NO_DEVICES,
    names: { lookups: 0, lookedUp: () => '', nameOf: () => '' },
    report: nothing,
    withdraw: nothing,
  };
}

/** `isOver`: asked after every batch of packets. @throws InputError where the captures cannot be read */
export async function trySigma({ paths, text, networks }: TryData, isOver: () => boolean): Promise<Tried> {
  const sigma = Sigma.of([{ file: '', text }]);
  const refused = refusedOf(sigma, text);
  const tried: Tried = { loaded: sigma.loaded, refused, hits: [], hitsTotal: 0, cut: 0, packets: 0, complete: true };
  if (sigma.loaded === 0) return tried;
  const source = await openSource(paths, 1);
  try {
    const { hosts } = source.meter;
    const match = sigma.behaviour((head, ends) => {
      const last = ends.at(-1);
      if (!last) return;
      tried.hitsTotal++;
      if (tried.hits.length < TRIED_HITS) tried.hits.push(hitOf(head, last, hosts));
    });
    const context = contextOf(hosts, networks);
    for (let seen = await source.next(); seen; seen = await source.next()) {
      tried.packets += seen.packets;
      match.observe(seen.observations, context);
      tried.complete = !isOver();
      if (!tried.complete) break;
    }
    match.observe(source.finish(), context);
    match.finish(context);
  } finally {
    await source.close();
  }
  return tried;
}
