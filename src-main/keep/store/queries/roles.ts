/** What hosts of a capture seem to be, with what was decided since, and the networks that were found in it. */
import type Database from 'better-sqlite3';
import type { Answer, Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import { macOf } from '../../../../src-shared/domain/devices.ts';
import { contains, ourNetworks, parseNetwork, type Network } from '../../../../src-shared/domain/network.ts';
import type { DecidedRole, FoundNetwork, ProposedRole } from '../../../../src-shared/domain/roles.ts';
import { captureRecord, deskSettings } from './common.ts';
import { hostNames } from './hosts.ts';

type List = typeof contract.roles.list;

/** Addresses whose names are looked up at once. */
const NAMES = 200;

function ofThisHost({ address }: DecidedRole, host: string, cards: readonly string[]): boolean {
  const mac = macOf(address);
  return mac === null ? address === host : cards.length === 1 && cards[0] === mac;
}

function isIn(ours: readonly Network[], text: string): boolean {
  const network = parseNetwork(text);
  return network !== null && ours.some((one) => contains(one, network.first) && contains(one, network.last));
}

/** @throws SondeError `not-found` */
export function rolesOf(db: Database.Database, { capture }: Input<List>): Answer<List> {
  const { report } = captureRecord(db, capture);
  const { roles, networksFound = [] } = report as { roles?: ProposedRole[]; networksFound?: FoundNetwork[] };
  const settings = deskSettings(db);
  const decided = (settings['roles'] as DecidedRole[] | undefined) ?? [];
  const named = (settings['networks'] as string[] | undefined) ?? [];
  const proposals = (roles ?? []).slice(0, NAMES);
  const addresses = proposals.map(({ address }) => address);
  const names = new Map(
    (addresses.length === 0 ? [] : hostNames(db, { capture, addresses }).names).map((n) => [n.address, n.name]),
  );
  const cards = db.prepare('SELECT mac FROM host_macs WHERE capture = ? AND address = ? LIMIT 2').pluck();
  const used = new Set<DecidedRole>();
  const proposed = proposals.map((each) => {
    const macs = cards.all(capture, each.address) as string[];
    const found = decided.find((one) => one.role === each.role && ofThisHost(one, each.address, macs));
    // What was decided of a card stands in both lists: only there it can be taken back.
    if (found?.address === each.address) used.add(found);
    const { decision = null, within = each.within } = found ?? {};
    return { ...each, name: names.get(each.address) ?? '', decision, within };
  });
  const ours = ourNetworks(named.filter((text) => parseNetwork(text) !== null));
  const isRead = roles !== undefined || 'status' in report;
  return {
    proposed: isRead ? proposed : null,
    others: decided.filter((one) => !used.has(one)),
    networks: networksFound.map((one) => ({ ...one, oursNow: isIn(ours, one.network) })),
    named: [...named],
  };
}
