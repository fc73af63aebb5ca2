import { bytes, concat, ip4, mac, padTo, u16, u32, u8, zeros } from '../bytes.ts';
import { der, derInteger, derSequence, oid } from './x509.ts';

/** DHCP message types (option 53). */
export const DHCP = { DISCOVER: 1, OFFER: 2, REQUEST: 3, DECLINE: 4, ACK: 5, NAK: 6, RELEASE: 7, INFORM: 8 } as const;

export interface DhcpSpec {
  type: number;
  xid: number;
  clientMac: Uint8Array | string;
  /** The address offered or confirmed. */
  yourIp?: Uint8Array | string;
  requestedIp?: Uint8Array | string;
  clientIp?: Uint8Array | string;
  server?: Uint8Array | string;
  router?: Uint8Array | string;
  dns?: Uint8Array | string;
  hostname?: string;
  vendorClass?: string;
  parameters?: readonly number[];
  leaseSeconds?: number;
}

/** A DHCP message (RFC 2131), padded to 300 bytes. */
export function dhcp(s: DhcpSpec): Uint8Array {
  const reply = s.type === DHCP.OFFER || s.type === DHCP.ACK || s.type === DHCP.NAK;
  const option = (code: number, value: Uint8Array): Uint8Array => concat(u8(code), u8(value.length), value);
  const clientMac = mac(s.clientMac);
  const options = [
    option(53, u8(s.type)),
    ...(reply ? [] : [option(61, concat([1], clientMac))]),
    ...(s.requestedIp ? [option(50, ip4(s.requestedIp))] : []),
    ...(s.server ? [option(54, ip4(s.server))] : []),
    ...(s.leaseSeconds ? [option(51, u32(s.leaseSeconds))] : []),
    ...(reply && s.type !== DHCP.NAK ? [option(1, ip4('255.255.255.0'))] : []),
    ...(s.router ? [option(3, ip4(s.router))] : []),
    ...(s.dns ? [option(6, ip4(s.dns))] : []),
    ...(s.hostname ? [option(12, bytes(s.hostname))] : []),
    ...(s.vendorClass ? [option(60, bytes(s.vendorClass))] : []),
    ...(s.parameters ? [option(55, Uint8Array.from(s.parameters))] : []),
  ];
  const head = concat(
    [reply ? 2 : 1, 1, 6, 0],
    u32(s.xid),
    u16(0),
    u16(0),
    ip4(s.clientIp ?? '0.0.0.0'),
    ip4(s.yourIp ?? '0.0.0.0'),
    ip4(reply ? (s.server ?? '0.0.0.0') : '0.0.0.0'),
    zeros(4),
    padTo(clientMac, 16),
    zeros(192),
    [0x63, 0x82, 0x53, 0x63],
    ...options,
    [255],
  );
  return head.length < 300 ? padTo(head, 300) : head;
}

/** NTPv4: mode 3 (client) or 4 (server); `seconds` since 1970. Mode 6/7 requests are in the amplification scenario. */
export function ntp(mode: number, seconds: number, stratum = 2): Uint8Array {
  const stamp = concat(u32(seconds + 2208988800), u32(0x80000000));
  const server = mode === 4;
  return concat(
    u8(0x20 | mode),
    u8(server ? stratum : 0),
    u8(6),
    u8(0xec),
    u32(server ? 0x0200 : 0),
    u32(server ? 0x0300 : 0),
    server ? [193, 0, 6, 4] : zeros(4),
    server ? stamp : zeros(8),
    server ? stamp : zeros(8),
    server ? stamp : zeros(8),
    stamp,
  );
}

const OID_SYS = '1.3.6.1.2.1.1';
const OID_IF = '1.3.6.1.2.1.2.2.1';

/** SNMPv2c: GetRequest (0xa0), GetBulk (0xa5) or Response (0xa2) over `count` counters. */
export function snmp(o: {
  pdu: number;
  community: string;
  requestId: number;
  count?: number;
  value?: string;
}): Uint8Array {
  const variables = Array.from({ length: o.count ?? 3 }, (_, i) => {
    const name = oid(i === 0 ? `${OID_SYS}.3.0` : `${OID_IF}.${i % 2 ? 10 : 16}.${1 + (i >> 1)}`);
    const value =
      o.pdu !== 0xa2
        ? der(5)
        : o.value
          ? der(4, bytes(o.value))
          : der(0x41, u32((o.requestId * 977 + i * 131071) & 0x7fffffff));
    return derSequence(name, value);
  });
  const bulk = o.pdu === 0xa5;
  return derSequence(
    derInteger(1),
    der(4, bytes(o.community)),
    der(o.pdu, derInteger(o.requestId), derInteger(0), derInteger(bulk ? 100 : 0), derSequence(...variables)),
  );
}

/** SSDP M-SEARCH. */
export const ssdpSearch = (target = 'upnp:rootdevice', agent = 'Desktop/1.0 UPnP/1.1'): Uint8Array =>
  bytes(
    `M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 2\r\nST: ${target}\r\nUSER-AGENT: ${agent}\r\n\r\n`,
  );

/** SSDP answer or NOTIFY body. */
export const ssdpReply = (location: string, target = 'upnp:rootdevice'): Uint8Array =>
  bytes(
    `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: ${location}\r\nSERVER: Linux/5.10 UPnP/1.1 Device/2.4\r\nST: ${target}\r\nUSN: uuid:5f9ec1b3-ed59-4c6c-8e2d-0a1b2c3d4e5f::${target}\r\n\r\n`,
  );
export const ssdpNotify = (location: string, target = 'upnp:rootdevice'): Uint8Array =>
  bytes(
    `NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\nLOCATION: ${location}\r\nNT: ${target}\r\nNTS: ssdp:alive\r\nSERVER: Linux/5.10 UPnP/1.1 Device/2.4\r\nUSN: uuid:5f9ec1b3-ed59-4c6c-8e2d-0a1b2c3d4e5f::${target}\r\n\r\n`,
  );

const mqttString = (s: string): Uint8Array => concat(u16(bytes(s).length), s);
const mqttPacket = (first: number, body: Uint8Array): Uint8Array =>
  concat(u8(first), body.length < 128 ? u8(body.length) : [(body.length & 127) | 128, body.length >> 7], body);
/** MQTT 3.1.1 packets. */
export const mqtt = {
  connect: (client: string, user?: string, password?: string): Uint8Array =>
    mqttPacket(
      0x10,
      concat(
        mqttString('MQTT'),
        [4, user ? 0xc2 : 2],
        u16(60),
        mqttString(client),
        user ? mqttString(user) : [],
        user ? mqttString(password ?? '') : [],
      ),
    ),
  connack: (): Uint8Array => bytes([0x20, 2, 0, 0]),
  publish: (topic: string, text: string): Uint8Array => mqttPacket(0x30, concat(mqttString(topic), text)),
  ping: (): Uint8Array => bytes([0xc0, 0]),
  pong: (): Uint8Array => bytes([0xd0, 0]),
};

/** An ICMPv6 router advertisement body after type, code and checksum: see `icmp6({ type: 134, rest })`. */
export const routerAdvertisement = (
  prefix: Uint8Array,
  routerMac: Uint8Array,
): { rest: Uint8Array; body: Uint8Array } => ({
  rest: bytes([64, 0, 7, 8]),
  body: concat(
    u32(0),
    u32(0),
    [1, 1],
    routerMac,
    [3, 4, 64, 0xc0],
    u32(86400),
    u32(14400),
    u32(0),
    prefix,
    [5, 1, 0, 0],
    u32(1500),
  ),
});
