/** What the search box lists: found things as rows of groups, each with the address it leads to. */
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import type { Severity } from '../../../src-shared/domain/incident.ts';
import { writePlace } from '../../lib/address-bar.ts';
import { counted } from '../../lib/numbers.ts';

export type Found = Output<(typeof contract)['search']['find']>;
export type FoundFlows = Found['flows']['rows'][number];

export interface Item {
  key: string;
  to: string;
  text: string;
  /** Beside it: where it was found. */
  note: string;
  severity?: Severity;
}

export interface ItemGroup {
  title: string;
  items: Item[];
  more: boolean;
}

/** Who says a name. */
const FROM: Readonly<Record<string, string>> = {
  dns: 'DNS',
  mdns: 'local name service',
  netbios: 'NetBIOS',
  dhcp: 'DHCP',
  ntlm: 'Windows login',
  tls: 'asked for in TLS',
  certificate: 'certificate',
  http: 'asked for in HTTP',
  claimed: 'said of it by another',
  mac: 'network card',
};

const place = (capture: number, view: string, rest: string[], params: Record<string, string> = {}): string =>
  writePlace({ capture, view, rest, params });

const inCaptures = ({ captureName, captures }: { captureName: string; captures: number }): string =>
  captures > 1 ? `${captureName} and ${counted(captures - 1, 'other capture')}` : captureName;

export function flowItem({ capture, captureName, filter, flows, more }: FoundFlows): Item {
  return {
    key: `flows ${capture} ${filter}`,
    to: place(capture, 'flows', [], { q: filter }),
    text: more ? `${flows.toLocaleString('en-US')} flows and more` : counted(flows, 'flow'),
    note: captureName,
  };
}

const GROUPS: readonly ((found: Found) => ItemGroup)[] = [
  ({ hosts: { rows, more } }) => ({
    title: 'Hosts',
    more,
    items: rows.map((host) => ({
      key: `host ${host.address}`,
      to: place(host.capture, 'hosts', [host.address]),
      text: host.name === '' ? host.address : `${host.address} (${host.name})`,
      note: inCaptures(host),
    })),
  }),
  ({ names: { rows, more } }) => ({
    title: 'Names',
    more,
    items: rows.map((name) => ({
      key: `name ${name.name} ${name.address}`,
      to: place(name.capture, 'hosts', [name.address]),
      text: `${name.name} is ${name.address}`,
      note: `${FROM[name.from] ?? name.from} · ${inCaptures(name)}`,
    })),
  }),
  ({ incidents: { rows, more } }) => ({
    title: 'Incidents',
    more,
    items: rows.map(({ capture, captureName, uid, title, severity }) => ({
      key: `incident ${capture} ${uid}`,
      to: place(capture, 'incidents', [uid]),
      text: title,
      note: captureName,
      severity,
    })),
  }),
  ({ flows: { rows, more } }) => ({ title: 'Flows', more, items: rows.map(flowItem) }),
  ({ rules: { rows, more } }) => ({
    title: 'Rules',
    more,
    items: rows.map(({ sid, message, set }) => ({
      key: `rule ${set} ${sid}`,
      to: writePlace({ capture: null, view: 'rules', rest: ['all'], params: { search: String(sid) } }),
      text: `${sid} ${message}`,
      note: set,
    })),
  }),
  ({ captures: { rows, more } }) => ({
    title: 'Captures',
    more,
    items: rows.map(({ capture, name, why }) => ({
      key: `capture ${capture}`,
      to: place(capture, 'overview', []),
      text: name,
      note: [
        `number ${capture}`,
        { name: '', file: 'by the name of its file', hash: 'by the SHA-256 of its file' }[why],
      ]
        .filter((part) => part !== '')
        .join(' · '),
    })),
  }),
];

/** Groups with something in them. `walked`: flows that were found in a walk, which take the place of those counted. */
export function itemGroups(found: Found, walked: readonly FoundFlows[] = []): ItemGroup[] {
  return GROUPS.map((make) => make(found))
    .map((group) =>
      group.title === 'Flows' && walked.length > 0 ? { ...group, items: walked.map(flowItem), more: false } : group,
    )
    .filter(({ items }) => items.length > 0);
}
