/** The protocol word of a rule's header. */
import { PROTOCOLS } from '../app/registry.ts';
import type { Direction } from '../app/types.ts';
import { comesOnce, hookSide } from './hooks.ts';
import { RuleFault } from './fault.ts';

export interface RuleProtocol {
  readonly name: string;
  /** Numbers of IP protocols (256: ARP); null: any. */
  readonly numbers: readonly number[] | null;
  /** 4, 6 or both. */
  readonly version: 4 | 6 | undefined;
  /** Application protocols, any of them; none: not asked for. */
  readonly apps: readonly string[];
  readonly bytes: 'packets' | 'stream' | 'both';
  /** Of any frame, not of IP alone. */
  readonly frames: boolean;
  /** Of the first packet of a flow alone. */
  readonly flowStart: boolean;
  /** Of one side of a transaction alone. */
  readonly side: Direction | undefined;
  /** The rule has to look at something of that side: as it stands it would tell with each piece. */
  readonly needsLook: boolean;
  /** Rules of what the decoder found wrong. */
  readonly events: boolean;
}

const TRANSPORTS: ReadonlyMap<string, Partial<RuleProtocol>> = new Map<string, Partial<RuleProtocol>>([
  ['ip', {}],
  ['ipv4', { version: 4 }],
  ['ip4', { version: 4 }],
  ['ipv6', { version: 6 }],
  ['ip6', { version: 6 }],
  ['tcp', { numbers: [6] }],
  ['tcp-pkt', { numbers: [6], bytes: 'packets' }],
  ['tcp-stream', { numbers: [6], bytes: 'stream' }],
  ['udp', { numbers: [17] }],
  ['icmp', { numbers: [1, 58] }],
  ['icmpv4', { numbers: [1] }],
  ['icmpv6', { numbers: [58] }],
  ['sctp', { numbers: [132] }],
  ['igmp', { numbers: [2] }],
  ['esp', { numbers: [50] }],
  ['gre', { numbers: [47] }],
  ['arp', { numbers: [256] }],
  ['ether', { frames: true }],
  ['pkthdr', { events: true, frames: true }],
]);

/** Application protocols that the parsers know, by the words of rules. */
const APPS: ReadonlyMap<string, readonly string[]> = new Map([
  ['http', ['http1', 'http2']],
  ['dns', ['dns', 'doh2']],
  ['http2', ['http2', 'doh2']],
  ['ikev2', ['ike']],
  ['dcerpc', ['dcerpc', 'smb']],
  ...[
    ...['http1', 'tls', 'ssh', 'smb', 'smtp', 'ftp', 'ftp-data', 'krb5', 'sip', 'mqtt', 'enip', 'quic'],
    ...['snmp', 'ike', 'modbus', 'pgsql', 'ldap', 'websocket', 'nfs', 'rdp', 'tftp', 'llmnr', 'mdns', 'doh2', 'ntp'],
    ...['dhcp', 'rfb', 'telnet', 'imap', 'pop3', 'bittorrent-dht', 'dnp3'],
  ].map((name): [string, string[]] => [name, [name]]),
]);

/** Protocols whose parsers are there. */
export const KNOWN_APPS: ReadonlySet<string> = new Set(
  PROTOCOLS.flatMap(({ name }) => (name === 'http2' ? [name, 'doh2'] : [name])),
);

/** Of hooks into the progress of a flow, its start is known; of an application protocol, those of its transactions. @throws RuleFault */
export function protocolOf(word: string): RuleProtocol {
  const name = word.toLowerCase();
  const base = {
    name,
    numbers: null,
    version: undefined,
    apps: [],
    bytes: 'both',
    events: false,
    flowStart: false,
    frames: false,
    side: undefined,
    needsLook: false,
  } as const;
  const [carrier = '', hook] = name.split(':');
  const transport = TRANSPORTS.get(carrier);
  if (transport && (hook === undefined || hook === 'flow_start'))
    return { ...base, ...transport, flowStart: hook !== undefined };
  const apps = APPS.get(carrier)?.filter((one) => KNOWN_APPS.has(one)) ?? [];
  if (apps.length > 0 && hook === undefined) return { ...base, apps };
  const side = apps.length > 0 ? hookSide(carrier, hook ?? '') : undefined;
  if (side !== undefined) return { ...base, apps, side, needsLook: !comesOnce(carrier, hook ?? '') };
  throw new RuleFault('protocol', `${word.slice(0, 40)} is not known here`);
}

/** Whether a protocol word names packets or a transport, not an application protocol. */
export function ofTransport(word: string): boolean {
  return TRANSPORTS.has(word);
}

/** Whether a parser of the application protocol is there. */
export function isProtocol(word: string): boolean {
  return appsOf(word).some((one) => KNOWN_APPS.has(one));
}

/** The names that a flow of `protocol` answers to. */
export function appsOf(word: string): readonly string[] {
  return APPS.get(word) ?? [word];
}
