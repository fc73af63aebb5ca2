/** ICMP (RFC 792) and ICMPv6 (RFC 4443, 4861). Errors quote the packet that they are about. */
import { ipv6 as address6 } from './addresses.ts';
import { named, type Next, type Part } from './part.ts';

const TYPES: Readonly<Record<number, string>> = {
  0: 'echo answer',
  3: 'destination unreachable',
  4: 'source quench',
  5: 'redirect',
  8: 'echo request',
  9: 'router advertisement',
  10: 'router solicitation',
  11: 'time exceeded',
  12: 'parameter problem',
  13: 'timestamp request',
  14: 'timestamp answer',
};

const QUOTES: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);

export function icmp(part: Part): Next | null {
  const type = part.number('icmp.type', 'Type', 1, named(TYPES));
  const code = part.number('icmp.code', 'Code', 1);
  part.hex('icmp.checksum', 'Checksum', 2);
  part.summary = `ICMP ${TYPES[type] ?? `type ${type}`}${code === 0 ? '' : `, code ${code}`}`;
  if (type === 0 || type === 8) {
    part.number('icmp.ident', 'Identifier', 2);
    part.summary += `, sequence ${part.number('icmp.seq', 'Sequence number', 2)}`;
    return part.rest('data');
  }
  part.take('icmp.unused', 'Rest of the header', 4);
  return part.rest(QUOTES.has(type) ? 'ipv4' : 'data');
}

const TYPES6: Readonly<Record<number, string>> = {
  1: 'destination unreachable',
  2: 'packet too big',
  3: 'time exceeded',
  4: 'parameter problem',
  128: 'echo request',
  129: 'echo answer',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbour solicitation',
  136: 'neighbour advertisement',
  137: 'redirect',
  143: 'multicast listener report',
};

export function icmpv6(part: Part): Next | null {
  const type = part.number('icmpv6.type', 'Type', 1, named(TYPES6));
  part.number('icmpv6.code', 'Code', 1);
  part.hex('icmpv6.checksum', 'Checksum', 2);
  part.summary = `ICMPv6 ${TYPES6[type] ?? `type ${type}`}`;
  if (type === 128 || type === 129) {
    part.hex('icmpv6.echo.identifier', 'Identifier', 2);
    part.summary += `, sequence ${part.number('icmpv6.echo.sequence_number', 'Sequence number', 2)}`;
    return part.rest('data');
  }
  if (type === 135 || type === 136) {
    part.take('icmpv6.reserved', 'Flags', 4);
    const id = type === 135 ? 'icmpv6.nd.ns.target_address' : 'icmpv6.nd.na.target_address';
    part.summary += ` of ${address6(part, id, 'Target')}`;
    return part.rest('data');
  }
  part.take('icmpv6.unused', 'Rest of the header', 4);
  return part.rest(type >= 1 && type <= 4 ? 'ipv6' : 'data');
}
