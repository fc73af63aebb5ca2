/** Small captures of contacts, made on the spot. */
import { concat, u16, u8 } from '../../../generator/bytes.ts';
import { ethernet, frame, ipv4, tcp, udp } from '../../../generator/frames.ts';
import { dnsMessage } from '../../../generator/protocols/dns.ts';
import { clientHello, serverHello, tlsRecord, TLS_CLIENTS } from '../../../generator/protocols/tls.ts';
import { certificate } from '../../../generator/protocols/x509.ts';
import { Rng } from '../../../generator/prng.ts';
import { pcapFile } from '../../../generator/write.ts';

const START = 1_780_000_000_000_000_000n;
const STEP = 10_000_000n;

export type Packets = Uint8Array[];

let port = 40_000;

/** A connection that is answered, and what its client says in it. */
export function connection(src: string, dst: string, dport: number, said: string | Uint8Array = 'hello'): Packets {
  const sport = port++;
  const there = ipv4({ src, dst });
  const back = ipv4({ src: dst, dst: src });
  const { length } = Buffer.from(said);
  const ends = { sport, dport };
  const turned = { sport: dport, dport: sport };
  return [
    frame(ethernet(), there, tcp({ ...ends, flags: 'S', seq: 100 })),
    frame(ethernet(), back, tcp({ ...turned, flags: 'SA', seq: 500, ack: 101 })),
    frame(ethernet(), there, tcp({ ...ends, flags: 'A', seq: 101, ack: 501 })),
    frame(ethernet(), there, tcp({ ...ends, flags: 'PA', seq: 101, ack: 501 }), said),
    frame(ethernet(), back, tcp({ ...turned, flags: 'A', seq: 501, ack: 101 + length })),
    frame(ethernet(), there, tcp({ ...ends, flags: 'FA', seq: 101 + length, ack: 501 })),
    frame(ethernet(), back, tcp({ ...turned, flags: 'FA', seq: 501, ack: 102 + length })),
    frame(ethernet(), there, tcp({ ...ends, flags: 'A', seq: 102 + length, ack: 502 })),
  ];
}

/** A first packet that nobody answers. */
export const knock = (src: string, dst: string, dport: number): Packets => [
  frame(ethernet(), ipv4({ src, dst }), tcp({ sport: port++, dport, flags: 'S', seq: 1 })),
];

export const question = (src: string, dst: string, name: string): Packets => [
  frame(
    ethernet(),
    ipv4({ src, dst }),
    udp({ sport: port++, dport: 53 }),
    dnsMessage({ id: 7, questions: [{ name, type: 1 }] }),
  ),
];

export const request = (src: string, dst: string, dport: number, host: string, target: string): Packets =>
  connection(src, dst, dport, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: test\r\n\r\n`);

export const hello = (src: string, dst: string, sni: string): Packets =>
  connection(src, dst, 443, clientHello(new Rng(1), TLS_CLIENTS.mbedtls!, sni));

/** The DER that a server of `name` shows in TLS 1.2. */
export const certificateOf = (name: string): Uint8Array =>
  certificate(new Rng(3), { cn: name, issuer: 'Test CA', names: [name] });

/** A server's answer in TLS 1.2: what it shows of itself. */
export function shown(src: string, dst: string, der: Uint8Array): Packets {
  const sized = (bytes: Uint8Array): Uint8Array => concat(u8(0), u16(bytes.length), bytes);
  const body = sized(sized(der));
  const says = concat(
    serverHello(new Rng(2), { tls13: false, cipher: 0xc02f }),
    tlsRecord(22, concat(u8(11), sized(body))),
  );
  const sport = port++;
  const there = ipv4({ src, dst });
  const back = ipv4({ src: dst, dst: src });
  const greeting = clientHello(new Rng(1), TLS_CLIENTS.mbedtls!, '');
  const ends = { sport, dport: 443 };
  const turned = { sport: 443, dport: sport };
  return [
    frame(ethernet(), there, tcp({ ...ends, flags: 'S', seq: 100 })),
    frame(ethernet(), back, tcp({ ...turned, flags: 'SA', seq: 500, ack: 101 })),
    frame(ethernet(), there, tcp({ ...ends, flags: 'PA', seq: 101, ack: 501 }), greeting),
    frame(ethernet(), back, tcp({ ...turned, flags: 'PA', seq: 501, ack: 101 + greeting.length }), says),
    frame(ethernet(), there, tcp({ ...ends, flags: 'R', seq: 101 + greeting.length, ack: 501 + says.length })),
  ];
}

export const capture = (...parts: readonly Packets[]): Uint8Array =>
  pcapFile(parts.flat().map((data, i) => ({ ts: START + BigInt(i) * STEP, data })));
