/** Shares of traffic by name. */
import type { Share } from '../types.ts';

/** Names that are told apart. */
const SHARES = 30;

/** The largest `SHARES`, the rest as "other". */
export function largest(shares: Share[]): Share[] {
  shares.sort((a, b) => b.bytes - a.bytes || b.flows - a.flows || (a.name < b.name ? -1 : 1));
  if (shares.length <= SHARES) return shares;
  const other: Share = { name: 'other', flows: 0, packets: 0, bytes: 0 };
  for (const s of shares.splice(SHARES - 1)) {
    other.flows += s.flows;
    other.packets += s.packets;
    other.bytes += s.bytes;
  }
  return [...shares, other];
}
