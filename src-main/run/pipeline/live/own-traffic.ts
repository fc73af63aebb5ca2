/** A capture filter that leaves out what Sonde itself sends and receives. */
import { isIP } from 'node:net';
import { CaptureError } from '../../../meter/capture/types.ts';

/** Where Sonde listens, or delivers to. Without an address: that port of anyone. */
export interface OwnTraffic {
  address?: string;
  port: number;
}

function clause({ address, port }: OwnTraffic): string {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CaptureError('bad-option', `${port} is no port`, 'Use 1 to 65535.');
  }
  if (address === undefined || address === '0.0.0.0' || address === '::') return `port ${port}`;
  if (isIP(address) === 0) throw new CaptureError('bad-option', `${address} is no address`, 'Write it in digits.');
  return `(host ${address} and port ${port})`;
}

function balanced(filter: string): boolean {
  let depth = 0;
  for (const letter of filter) {
    if (letter === '(') depth++;
    if (letter === ')' && --depth < 0) return false;
  }
  return depth === 0;
}

/** `filter` and none of these. @throws CaptureError `bad-option`, `bad-filter` */
export function withoutOwn(filter: string, own: readonly OwnTraffic[]): string {
  if (own.length === 0) return filter;
  // Put into brackets, `tcp) or (not port 1` would become another filter, and a valid one.
  if (!balanced(filter))
    throw new CaptureError('bad-filter', 'the filter has unmatched brackets', 'Check its brackets.');
  const others = `not (${[...new Set(own.map(clause))].join(' or ')})`;
  return filter.trim() === '' ? others : `(${filter}) and ${others}`;
}
