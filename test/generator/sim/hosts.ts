import { ip4, ip6, mac } from '../bytes.ts';

/** What a machine's TCP/IP looks like from outside. */
export type Os = 'windows' | 'linux' | 'apple' | 'android' | 'embedded';

export interface Host {
  readonly name: string;
  readonly mac: Uint8Array;
  readonly ip4: Uint8Array;
  /** Global IPv6 address, where it has one. */
  readonly ip6: Uint8Array | undefined;
  /** Link-local IPv6 address. */
  readonly linkLocal: Uint8Array | undefined;
  /** TTL of its packets as seen at the capture point. */
  readonly ttl: number;
  readonly os: Os;
  /** Round trip from the capture point to the host and back, ns. */
  readonly rtt: number;
  readonly local: boolean;
  /** Bits per second it can send. */
  readonly rate: number;
  nextPort: number;
  ipId: number;
}

export interface HostSpec {
  name: string;
  mac: string | Uint8Array;
  ip4: string | Uint8Array;
  ip6?: string | Uint8Array | undefined;
  os?: Os;
  /** Milliseconds; default 0.2 (local). */
  rttMs?: number;
  local?: boolean;
  hops?: number;
  mbps?: number;
  seed?: number;
}

const TTL: Readonly<Record<Os, number>> = { windows: 128, linux: 64, apple: 64, android: 64, embedded: 255 };

/** fe80:: plus the modified EUI-64 of a MAC address. */
export function linkLocalOf(m: Uint8Array): Uint8Array {
  const out = new Uint8Array(16);
  out.set([0xfe, 0x80, 0, 0, 0, 0, 0, 0, m[0]! ^ 2, m[1]!, m[2]!, 0xff, 0xfe, m[3]!, m[4]!, m[5]!]);
  return out;
}

export function host(o: HostSpec): Host {
  const address = mac(o.mac);
  const os = o.os ?? 'linux';
  const local = o.local ?? true;
  const seed = o.seed ?? 0;
  return {
    name: o.name,
    mac: address,
    ip4: ip4(o.ip4),
    ip6: o.ip6 === undefined ? undefined : ip6(o.ip6),
    linkLocal: local ? linkLocalOf(address) : undefined,
    ttl: TTL[os] - (o.hops ?? 0),
    os,
    rtt: Math.round((o.rttMs ?? 0.2) * 1e6),
    local,
    rate: (o.mbps ?? 900) * 1e6,
    nextPort: (os === 'windows' ? 49152 : 32768) + (seed % 12000),
    ipId: (seed * 7919) & 0xffff,
  };
}

/** The next ephemeral port of a host. */
export function ephemeral(h: Host): number {
  const port = h.nextPort;
  h.nextPort = port >= 65000 ? (h.os === 'windows' ? 49152 : 32768) : port + 1;
  return port;
}
