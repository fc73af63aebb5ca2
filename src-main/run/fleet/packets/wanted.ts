/** What is asked of sensors for an incident: its hosts, ports and time. */
import { parseAddress } from '../../../../src-shared/domain/network.ts';
import type { Incident } from '../../../../src-shared/domain/report.ts';
import { parseTime } from '../../../../src-shared/domain/time.ts';
import type { ArpNamed } from '../../../keep/store/queries/packets.ts';
import type { Wanted } from './ask.ts';

/** Seconds before and after it: flows close, and clocks of sensors differ a little. */
const BEFORE_S = 1;
const AFTER_S = 5;
const LIST_MAX = 1000;
const CARDS_MAX = 64;

type Asked = Pick<
  Incident,
  'firstTs' | 'lastTs' | 'sources' | 'sourcesTotal' | 'targets' | 'targetsTotal' | 'ports' | 'portsTotal' | 'flows'
>;

/** A list that names only some of its hosts or ports asks for any, but never both ends. */
export function wantedOf(incident: Asked, arp: ArpNamed | null): Wanted {
  const addresses = (list: readonly string[]): string[] =>
    list.filter((text) => text.length <= 45 && parseAddress(text) !== null).slice(0, LIST_MAX);
  const [sources, targets] = [addresses(incident.sources), addresses(incident.targets)];
  const isCut = (listed: readonly unknown[], total: number): boolean => total > listed.length;
  const openTargets = isCut(incident.targets, incident.targetsTotal) && sources.length > 0;
  const openSources = !openTargets && isCut(incident.sources, incident.sourcesTotal) && targets.length > 0;
  return {
    from: Math.floor(parseTime(incident.firstTs).sec) - BEFORE_S,
    to: Math.floor(parseTime(incident.lastTs).sec) + AFTER_S,
    sources: openSources ? [] : sources,
    targets: openTargets ? [] : targets,
    ports: isCut(incident.ports, incident.portsTotal) ? [] : incident.ports.filter(isPort).slice(0, LIST_MAX),
    // What happened in ARP is in no flow.
    arp: incident.flows === 0,
    cards: (arp?.cards ?? []).slice(0, CARDS_MAX),
  };
}

const isPort = (port: number): boolean => Number.isSafeInteger(port) && port >= 0 && port <= 65_535;
