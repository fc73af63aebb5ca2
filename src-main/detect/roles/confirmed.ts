/** Roles that somebody has confirmed, and where they do their work. */
import type { RoleId } from '../../../src-shared/domain/devices.ts';
import { contains, parseAddress, type Network } from '../../../src-shared/domain/network.ts';

export interface ConfirmedRole {
  role: RoleId;
  /** Where it does its work; none: anywhere, for roles that are not bound to a place. */
  within: readonly Network[];
}

/** What was confirmed of a host by its id. */
export type ConfirmedOf = (host: number) => readonly ConfirmedRole[];

export const NONE_CONFIRMED: ConfirmedOf = () => [];

/** Whether all of these addresses lie where the role does its work. */
export function isWithin({ within }: ConfirmedRole, addresses: readonly string[]): boolean {
  if (within.length === 0) return true;
  return addresses.every((address) => {
    const bytes = parseAddress(address);
    return bytes !== null && within.some((network) => contains(network, bytes));
  });
}
