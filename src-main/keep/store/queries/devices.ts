/** Devices that someone has made known, among the hosts of a capture. */
import type Database from 'better-sqlite3';
import type { Answer } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import { macOf, rolesIn, type KnownDevice } from '../../../../src-shared/domain/devices.ts';
import { addressText, parseAddress } from '../../../../src-shared/domain/network.ts';
import { roleTitle, type DecidedRole } from '../../../../src-shared/domain/roles.ts';
import { deskSettings } from './common.ts';

export interface Named {
  name: string;
  role: string;
}

/** Addresses of one card at most: more is a router. */
const ADDRESSES = 20;

/** A role that was confirmed stands behind what somebody wrote, unless that says it already. */
function addConfirmed(known: Map<string, Named>, address: string, { role }: DecidedRole): void {
  const { name, role: said } = known.get(address) ?? { name: '', role: '' };
  if (!rolesIn(said).includes(role))
    known.set(address, { name, role: [said, roleTitle(role)].filter(Boolean).join(', ') });
}

/**
 * By address of a host. What is said of an IP address counts before what is said of a card; an address that several
 * cards claim is nobody's for sure.
 */
export function knownDevices(db: Database.Database, capture: number): Map<string, Named> {
  const devices = (deskSettings(db)['devices'] as KnownDevice[] | undefined) ?? [];
  const roles = ((deskSettings(db)['roles'] as DecidedRole[] | undefined) ?? []).filter(
    ({ decision }) => decision === 'confirmed',
  );
  const known = new Map<string, Named>();
  if (devices.length === 0 && roles.length === 0) return known;
  const ofCard = db.prepare(
    `SELECT address FROM host_macs m WHERE capture = ? AND mac = ? AND
      (SELECT count(*) FROM host_macs o WHERE o.capture = m.capture AND o.address = m.address) = 1
    ORDER BY address LIMIT ?`,
  );
  for (const { address, name, role } of devices) {
    const mac = macOf(address);
    if (mac === null) continue;
    for (const row of ofCard.all(capture, mac, ADDRESSES) as { address: string }[])
      known.set(row.address, { name, role });
  }
  for (const { address, name, role } of devices) {
    const bytes = parseAddress(address);
    if (bytes) known.set(addressText(bytes), { name, role });
  }
  for (const role of roles) {
    const [mac, bytes] = [macOf(role.address), parseAddress(role.address)];
    if (bytes) addConfirmed(known, addressText(bytes), role);
    for (const row of mac === null ? [] : (ofCard.all(capture, mac, ADDRESSES) as { address: string }[]))
      addConfirmed(known, row.address, role);
  }
  return known;
}

/** Those that are known for the capture, whether or not they spoke in it. */
export function listDevices(
  db: Database.Database,
  capture: number,
): Answer<(typeof contract)['hosts']['known']>['devices'] {
  return [...knownDevices(db, capture)].map(([address, named]) => ({ address, ...named }));
}
