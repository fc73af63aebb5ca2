/** Ports of records. */
import { BadRecord } from './types.ts';

const MOST = 65535;

/** Ranges of IANA: the port itself would name a service of one network. */
export function portRange(port: number): string {
  if (Number.isNaN(port) || port === 0) return 'none';
  return port < 1024 ? 'system' : port < 49152 ? 'registered' : 'dynamic';
}

/** Decimal, or hexadecimal as Argus writes the types of ICMP; NaN where there is none. @throws BadRecord */
export function portOf(text: string, column: string): number {
  const plain = text.trim();
  if (plain === '' || plain === '-') return NaN;
  const port = /^(\d{1,5}|0x[\da-f]{1,4})$/i.test(plain) ? Number(plain) : NaN;
  if (!(port <= MOST)) throw new BadRecord(`${column} is not a port`);
  return port;
}
