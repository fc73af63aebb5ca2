/** What someone has said of addresses, brought together with what a capture shows. */
import { macOf, type KnownDevice } from '../../../src-shared/domain/devices.ts';
import { ourNetworks, parseAddress, parseNetwork } from '../../../src-shared/domain/network.ts';
import { ROLE_WORK, type DecidedRole, type ProposedRole } from '../../../src-shared/domain/roles.ts';
import type { RoleOf } from '../../detect/incidents/expected-work.ts';
import type { ConfirmedOf, ConfirmedRole } from '../../detect/roles/confirmed.ts';
import type { HostTable } from '../../meter/hosts.ts';
import type { InputSummary } from '../../meter/packets/types.ts';

/** 0 for what is no address, or was not seen. */
function hostOf(address: string, hosts: HostTable): number {
  const bytes = parseAddress(address);
  if (!bytes) return 0;
  const view = new DataView(bytes.buffer);
  return hosts.find(Uint32Array.of(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)), 0);
}

/**
 * Roles by host. A device named by its card is every host seen with that card and no other: an address that several
 * cards claim may be forged. What is said of an IP address counts before what is said of a card; a device whose address
 * is none is nobody.
 */
export function roleFinder(
  devices: readonly KnownDevice[],
  hosts: HostTable,
  cards: ReadonlyMap<string, readonly string[]>,
): RoleOf {
  const roles = new Map<number, string>();
  const byCard = new Map<string, string>();
  for (const { address, role } of devices) {
    const mac = macOf(address);
    if (mac !== null) byCard.set(mac, role);
  }
  for (const [address, [mac, ...others]] of byCard.size > 0 ? cards : []) {
    const role = mac === undefined || others.length > 0 ? undefined : byCard.get(mac);
    if (role !== undefined) roles.set(hostOf(address, hosts), role);
  }
  for (const { address, role } of devices) if (macOf(address) === null) roles.set(hostOf(address, hosts), role);
  // 0 is every host that came too late for an id, not one of them.
  roles.delete(0);
  return (host) => roles.get(host);
}

type Cards = ReadonlyMap<string, readonly string[]>;

/** Hosts that an address stands for; of a card all that were seen with it and no other. */
function hostsAt(address: string, hosts: HostTable, cards: Cards): number[] {
  const mac = macOf(address);
  if (mac === null) return [hostOf(address, hosts)];
  return [...cards].filter(([, [one, ...more]]) => one === mac && more.length === 0).map(([at]) => hostOf(at, hosts));
}

/** What was confirmed, by host. `named`: networks that were said to be ours; they bound a role that names none of its own. */
export function confirmedFinder(
  roles: readonly DecidedRole[],
  hosts: HostTable,
  cards: Cards,
  named: readonly string[] = [],
): ConfirmedOf {
  const ours = ourNetworks(named);
  const all = new Map<number, ConfirmedRole[]>();
  for (const { address, role, decision, within } of roles) {
    if (decision !== 'confirmed') continue;
    const networks = within.map((text) => parseNetwork(text)).filter((network) => network !== null);
    // A bound that cannot be read bounds everything: nothing is quieted by mistake.
    if (networks.length < within.length) continue;
    const isUnbound = networks.length === 0 && ROLE_WORK[role].scoped;
    for (const host of hostsAt(address, hosts, cards))
      if (host !== 0) all.set(host, [...(all.get(host) ?? []), { role, within: isUnbound ? ours : networks }]);
  }
  return (host) => all.get(host) ?? [];
}

/** Marks proposals with what was decided of them. */
export function withDecisions(
  proposals: readonly ProposedRole[],
  decided: readonly DecidedRole[],
  cards: Cards,
): ProposedRole[] {
  const of = (address: string): readonly string[] => [address, ...(cards.get(address) ?? [])];
  return proposals.map((proposal) => {
    const names = of(proposal.address);
    const found = decided.find(
      ({ address, role }) => role === proposal.role && names.includes(macOf(address) ?? address),
    );
    return { ...proposal, decision: found?.decision ?? null };
  });
}

/** From the first packet of all inputs to the last, seconds. */
export function secondsOf(inputs: readonly InputSummary[]): number {
  const some = inputs.filter((input) => input.packets > 0);
  if (some.length === 0) return 0;
  return Math.max(...some.map((i) => i.lastSec)) - Math.min(...some.map((i) => i.firstSec));
}
