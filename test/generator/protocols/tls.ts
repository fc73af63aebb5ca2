import { bytes, concat, u16, u24, u8, zeros, type BytesLike } from '../bytes.ts';
import type { Rng } from '../prng.ts';
import { Bytes } from '../sim/content.ts';
import type { Message } from '../sim/tcp.ts';
import type { Sim } from '../sim/sim.ts';
import { MS } from '../sim/sim.ts';

/** A kind of TLS client: what its ClientHello offers, in order. Numbers are IANA's. */
export interface TlsClient {
  readonly id: string;
  readonly ciphers: readonly number[];
  readonly extensions: readonly number[];
  readonly groups: readonly number[];
  readonly signatures: readonly number[];
  readonly alpn: readonly string[];
  readonly grease?: boolean;
  readonly tls13: boolean;
  readonly hybrid?: boolean;
}

const MODERN = [0x1301, 0x1302, 0x1303];
const ECDHE = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8];
const SIGS = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];

/** Made for this generator after what each family of clients offers: their JA3 and JA4 differ from one another. */
export const TLS_CLIENTS: Readonly<Record<string, TlsClient>> = {
  chromium: {
    id: 'chromium',
    grease: true,
    tls13: true,
    hybrid: true,
    ciphers: [...MODERN, ...ECDHE, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35],
    extensions: [0, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27],
    groups: [29, 23, 24],
    signatures: SIGS,
    alpn: ['h2', 'http/1.1'],
  },
  firefox: {
    id: 'firefox',
    tls13: true,
    ciphers: [
      0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc00a, 0xc009, 0xc013, 0xc014, 0x9c,
      0x9d, 0x2f, 0x35,
    ],
    extensions: [0, 23, 65281, 10, 11, 35, 16, 5, 34, 51, 43, 13, 45, 28],
    groups: [29, 23, 24, 25, 256, 257],
    signatures: [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201],
    alpn: ['h2', 'http/1.1'],
  },
  safari: {
    id: 'safari',
    grease: true,
    tls13: true,
    ciphers: [
      ...MODERN,
      0xc02c,
      0xc02b,
      0xcca9,
      0xc030,
      0xc02f,
      0xcca8,
      0xc00a,
      0xc009,
      0xc014,
      0xc013,
      0x9d,
      0x9c,
      0x35,
      0x2f,
    ],
    extensions: [0, 23, 65281, 10, 11, 16, 5, 13, 18, 51, 45, 43, 27],
    groups: [29, 23, 24, 25],
    signatures: [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201],
    alpn: ['h2', 'http/1.1'],
  },
  schannel: {
    id: 'schannel',
    tls13: false,
    ciphers: [
      0xc02c, 0xc02b, 0xc030, 0xc02f, 0xc024, 0xc023, 0xc028, 0xc027, 0xc00a, 0xc009, 0xc014, 0xc013, 0x9d, 0x9c, 0x3d,
      0x3c, 0x35, 0x2f,
    ],
    extensions: [0, 5, 10, 11, 13, 35, 16, 23, 65281],
    groups: [29, 23, 24],
    signatures: [0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203],
    alpn: ['h2', 'http/1.1'],
  },
  curl: {
    id: 'curl',
    tls13: true,
    ciphers: [
      0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x9f, 0xcca9, 0xcca8, 0xccaa, 0xc02b, 0xc02f, 0x9e, 0xc024, 0xc028, 0x6b,
      0xc023, 0xc027, 0x67, 0x9d, 0x9c, 0xff,
    ],
    extensions: [0, 11, 10, 16, 22, 23, 49, 13, 43, 45, 51],
    groups: [29, 23, 30, 25, 24],
    signatures: [
      0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601,
    ],
    alpn: ['h2', 'http/1.1'],
  },
  golang: {
    id: 'golang',
    tls13: true,
    ciphers: [0xc02f, 0xc030, 0xc02b, 0xc02c, 0xcca8, 0xcca9, 0xc013, 0xc009, 0xc014, 0xc00a, ...MODERN],
    extensions: [0, 5, 10, 11, 13, 65281, 18, 43, 51],
    groups: [29, 23, 24, 25],
    signatures: [0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0503, 0x0603],
    alpn: [],
  },
  python: {
    id: 'python',
    tls13: true,
    ciphers: [0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0x9f, 0x9e, 0xff],
    extensions: [0, 11, 10, 35, 22, 23, 13, 43, 45, 51],
    groups: [29, 23, 30, 25, 24],
    signatures: [0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601],
    alpn: [],
  },
  android: {
    id: 'android',
    tls13: true,
    ciphers: [...MODERN, 0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35],
    extensions: [0, 23, 65281, 10, 11, 35, 16, 5, 13, 51, 45, 43],
    groups: [29, 23, 24],
    signatures: SIGS,
    alpn: ['h2', 'http/1.1'],
  },
  mbedtls: {
    id: 'mbedtls',
    tls13: false,
    ciphers: [0xc02c, 0xc030, 0xc02b, 0xc02f, 0xc0ad, 0xc0ac, 0xff],
    extensions: [0, 13, 10, 11, 22, 23],
    groups: [24, 23],
    signatures: [0x0603, 0x0503, 0x0403],
    alpn: [],
  },
};

const extension = (type: number, body: BytesLike): Uint8Array => concat(u16(type), u16(bytes(body).length), body);
const handshake = (type: number, body: Uint8Array): Uint8Array => concat(u8(type), u24(body.length), body);
/** A TLS record of handshake or other content. */
export const tlsRecord = (type: number, body: Uint8Array, version = 0x0303): Uint8Array =>
  concat(u8(type), u16(version), u16(body.length), body);
const GREASE = [0x0a0a, 0x1a1a, 0x2a2a, 0x3a3a, 0x4a4a, 0x5a5a, 0x6a6a, 0x7a7a];

/** A ClientHello record. `sni` empty leaves server_name out; `alpn` replaces the client kind's own. */
export function clientHello(
  rng: Rng,
  client: TlsClient,
  sni: string,
  alpn: readonly string[] = client.alpn,
): Uint8Array {
  const grease = client.grease ? rng.pick(GREASE) : 0;
  const grease2 = client.grease ? rng.pick(GREASE.filter((g) => g !== grease)) : 0;
  const g = (v: number): Uint8Array => (client.grease ? u16(v) : zeros(0));
  const bodies: Record<number, () => Uint8Array> = {
    0: () => concat(u16(sni.length + 3), [0], u16(sni.length), sni),
    5: () => bytes([1, 0, 0, 0, 0]),
    10: () => {
      const list = concat(g(grease), ...client.groups.map(u16));
      return concat(u16(list.length), list);
    },
    11: () => bytes([1, 0]),
    13: () => concat(u16(client.signatures.length * 2), ...client.signatures.map(u16)),
    16: () => {
      const list = concat(...alpn.map((a) => concat(u8(a.length), a)));
      return concat(u16(list.length), list);
    },
    27: () => bytes([2, 0, 2]),
    28: () => u16(16385),
    34: () => concat(u16(8), u16(0x0403), u16(0x0503), u16(0x0603), u16(0x0203)),
    43: () => concat(u8(client.grease ? 6 : 4), g(grease2), u16(0x0304), u16(0x0303)),
    45: () => bytes([1, 1]),
    51: () => {
      const list = concat(client.grease ? concat(u16(grease), u16(1), [0]) : [], u16(29), u16(32), rng.bytes(32));
      return concat(u16(list.length), list);
    },
    65281: () => bytes([0]),
  };
  const list: Uint8Array[] = client.grease ? [extension(grease2, [])] : [];
  for (const type of client.extensions) {
    if ((type === 0 && sni === '') || (type === 16 && alpn.length === 0)) continue;
    list.push(extension(type, bodies[type]?.() ?? zeros(0)));
  }
  if (client.grease) list.push(extension(rng.pick(GREASE.filter((x) => x !== grease2)), [0]));
  const extensions = concat(...list);
  const ciphers = concat(g(grease), ...client.ciphers.map(u16));
  const session = client.tls13 ? rng.bytes(32) : zeros(0);
  const body = concat(
    u16(0x0303),
    rng.bytes(32),
    u8(session.length),
    session,
    u16(ciphers.length),
    ciphers,
    [1, 0],
    u16(extensions.length),
    extensions,
  );
  return tlsRecord(22, handshake(1, body), 0x0301);
}

/** A ServerHello record. */
export function serverHello(
  rng: Rng,
  o: { tls13: boolean; cipher: number; alpn?: string; session?: Uint8Array },
): Uint8Array {
  const list: Uint8Array[] = [];
  if (o.tls13) list.push(extension(51, concat(u16(29), u16(32), rng.bytes(32))), extension(43, u16(0x0304)));
  else {
    list.push(extension(65281, [0]), extension(11, [1, 0]));
    if (o.alpn) list.push(extension(16, concat(u16(o.alpn.length + 1), u8(o.alpn.length), o.alpn)));
  }
  const session = o.session ?? rng.bytes(32);
  const extensions = concat(...list);
  return tlsRecord(
    22,
    handshake(
      2,
      concat(
        u16(0x0303),
        rng.bytes(32),
        u8(session.length),
        session,
        u16(o.cipher),
        [0],
        u16(extensions.length),
        extensions,
      ),
    ),
  );
}

const certificateMessage = (chain: readonly Uint8Array[]): Uint8Array => {
  const list = concat(...chain.map((c) => concat(u24(c.length), c)));
  return handshake(11, concat(u24(list.length), list));
};

export interface TlsSession {
  client: TlsClient;
  sni: string;
  /** DER certificates, leaf first; seen in the clear with TLS 1.2. */
  chain: readonly Uint8Array[];
  tls13: boolean;
  alpn?: readonly string[];
  /** An ALPN the server chooses (TLS 1.2 shows it). */
  chosen?: string;
  /** Milliseconds the server computes. */
  serverMs?: number;
}

/** The messages of a full handshake; application data may follow from either side. */
export function* tlsHandshake(sim: Sim, s: TlsSession): Generator<Message, boolean> {
  const { rng } = sim;
  const message = (from: 0 | 1, data: Uint8Array, think = 0): Message => ({ from, content: new Bytes(data), think });
  const sealed = (n: number): Uint8Array => tlsRecord(23, poolSlice(sim, n));
  yield message(0, clientHello(rng, s.client, s.sni, s.alpn ?? s.client.alpn));
  const think = (s.serverMs ?? 2) * MS;
  const tls13 = s.tls13 && s.client.tls13;
  if (tls13) {
    const cipher = s.client.ciphers.find((c) => c >> 8 === 0x13) ?? 0x1301;
    const hello = serverHello(rng, { tls13: true, cipher });
    const certificates = s.chain.reduce((n, c) => n + c.length + 5, 26);
    yield message(
      1,
      concat(
        hello,
        tlsRecord(20, u8(1)),
        sealed(23 + rng.int(0, 12)),
        sealed(certificates),
        sealed(97 + rng.int(0, 200)),
        sealed(53),
      ),
      think,
    );
    yield message(0, concat(tlsRecord(20, u8(1)), sealed(53)), 400_000);
    return true;
  }
  const cipher = s.client.ciphers.includes(0xc02b) ? 0xc02b : 0xc02c;
  const hello = serverHello(rng, { tls13: false, cipher, ...(s.chosen === undefined ? {} : { alpn: s.chosen }) });
  const exchange = handshake(12, concat([3], u16(29), [32], rng.bytes(32), u16(0x0403), u16(71), poolSlice(sim, 71)));
  yield message(
    1,
    concat(
      hello,
      tlsRecord(22, certificateMessage(s.chain)),
      tlsRecord(22, exchange),
      tlsRecord(22, handshake(14, zeros(0))),
    ),
    think,
  );
  const finished = tlsRecord(22, poolSlice(sim, 40));
  yield message(
    0,
    concat(tlsRecord(22, handshake(16, concat([32], rng.bytes(32)))), tlsRecord(20, u8(1)), finished),
    900_000,
  );
  yield message(1, concat(tlsRecord(20, u8(1)), tlsRecord(22, poolSlice(sim, 40))), 700_000);
  return false;
}

/** `n` bytes of the pool, at a random place, as bytes. */
export function poolSlice(sim: Sim, n: number): Uint8Array {
  const out = new Uint8Array(n);
  sim.cipher(n).copyInto(out, 0, 0, n);
  return out;
}
