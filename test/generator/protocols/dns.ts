import { bytes, concat, ip4, ip6, u16, u32, u8 } from '../bytes.ts';

export const DNS_TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  NULL: 10,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  HTTPS: 65,
  ANY: 255,
} as const;

/** A name as labels (RFC 1035), without compression. */
export function dnsName(name: string): Uint8Array {
  const labels = name.split('.').filter((l) => l !== '');
  return concat(...labels.map((l) => concat(u8(bytes(l).length), bytes(l))), [0]);
}

export interface DnsRecord {
  name: string;
  type: number;
  ttl?: number;
  data: Uint8Array;
  class?: number;
}

export interface DnsMessage {
  id: number;
  response?: boolean;
  /** Header flag bits, when the defaults (recursion desired; available in answers) do not do. */
  flags?: number;
  rcode?: number;
  questions?: readonly { name: string; type: number; class?: number }[];
  answers?: readonly DnsRecord[];
  authority?: readonly DnsRecord[];
  additional?: readonly DnsRecord[];
  /** Adds an EDNS0 OPT record with this UDP size. */
  edns?: number;
}

/** A DNS message; a record whose name is the first question's is written as a pointer to it. */
export function dnsMessage(m: DnsMessage): Uint8Array {
  const first = m.questions?.[0]?.name;
  const record = (r: DnsRecord): Uint8Array =>
    concat(
      r.name === first ? [0xc0, 12] : dnsName(r.name),
      u16(r.type),
      u16(r.class ?? 1),
      u32(r.ttl ?? 300),
      u16(r.data.length),
      r.data,
    );
  const additional = (m.additional ?? []).map(record);
  if (m.edns) additional.push(concat([0], u16(DNS_TYPE.OPT), u16(m.edns), u32(0), u16(0)));
  const flags = m.flags ?? (m.response ? 0x8180 : 0x0100);
  return concat(
    u16(m.id),
    u16(flags | (m.rcode ?? 0)),
    u16(m.questions?.length ?? 0),
    u16(m.answers?.length ?? 0),
    u16(m.authority?.length ?? 0),
    u16(additional.length),
    ...(m.questions ?? []).map((q) => concat(dnsName(q.name), u16(q.type), u16(q.class ?? 1))),
    ...(m.answers ?? []).map(record),
    ...(m.authority ?? []).map(record),
    ...additional,
  );
}

export const aRecord = (name: string, address: string | Uint8Array, ttl = 300): DnsRecord => ({
  name,
  type: 1,
  ttl,
  data: ip4(address),
});
export const aaaaRecord = (name: string, address: string | Uint8Array, ttl = 300): DnsRecord => ({
  name,
  type: 28,
  ttl,
  data: ip6(address),
});
export const nameRecord = (name: string, type: number, target: string, ttl = 3600): DnsRecord => ({
  name,
  type,
  ttl,
  data: dnsName(target),
});
export const mxRecord = (name: string, target: string): DnsRecord => ({
  name,
  type: 15,
  ttl: 3600,
  data: concat(u16(10), dnsName(target)),
});
export const srvRecord = (name: string, port: number, target: string): DnsRecord => ({
  name,
  type: 33,
  ttl: 600,
  data: concat(u16(0), u16(100), u16(port), dnsName(target)),
});
export function txtRecord(name: string, text: string | Uint8Array, ttl = 60): DnsRecord {
  const all = bytes(text);
  const parts: Uint8Array[] = [];
  for (let i = 0; i < all.length; i += 255)
    parts.push(concat(u8(Math.min(255, all.length - i)), all.subarray(i, i + 255)));
  return { name, type: 16, ttl, data: concat(...parts) };
}
export const httpsRecord = (name: string, alpn: readonly string[]): DnsRecord => {
  const value = concat(...alpn.map((a) => concat(u8(a.length), a)));
  return { name, type: 65, ttl: 300, data: concat(u16(1), [0], u16(1), u16(value.length), value) };
};
export const soaRecord = (zone: string): DnsRecord => ({
  name: zone,
  type: 6,
  ttl: 900,
  data: concat(
    dnsName(`ns1.${zone}`),
    dnsName(`hostmaster.${zone}`),
    u32(2026010101),
    u32(7200),
    u32(900),
    u32(1209600),
    u32(900),
  ),
});

/** The name of the PTR record of an address. */
export function reverseName(address: Uint8Array): string {
  if (address.length === 4) return `${Array.from(address).reverse().join('.')}.in-addr.arpa`;
  const nibbles = Array.from(address).flatMap((b) => [(b >> 4).toString(16), (b & 15).toString(16)]);
  return `${nibbles.reverse().join('.')}.ip6.arpa`;
}

/** NetBIOS first-level encoding of a name (RFC 1001), with its suffix byte. */
export function netbiosName(name: string, suffix = 0x20): string {
  const padded = name.toUpperCase().slice(0, 15).padEnd(15, ' ');
  const codes = [...Array.from(padded, (c) => c.charCodeAt(0)), suffix];
  return codes.map((c) => String.fromCharCode(65 + (c >> 4), 65 + (c & 15))).join('');
}

/** NBNS name query (broadcast). */
export const nbnsQuery = (id: number, name: string, suffix = 0x20): Uint8Array =>
  dnsMessage({ id, flags: 0x0110, questions: [{ name: netbiosName(name, suffix), type: 0x20 }] });
