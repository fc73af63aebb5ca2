import { createCipheriv, createHmac } from 'node:crypto';
import { bytes, concat, hex, u16, u32, u8, zeros } from '../bytes.ts';
import { Bytes, Joined, type Content } from '../sim/content.ts';
import { MS, type Sim } from '../sim/sim.ts';
import type { Message } from '../sim/tcp.ts';
import { clientHello, poolSlice, serverHello, TLS_CLIENTS, tlsHandshake, type TlsSession } from './tls.ts';

/** A message of text. */
export const say = (from: 0 | 1, text: string | Uint8Array, thinkMs = 1): Message => ({
  from,
  content: new Bytes(bytes(text)),
  think: thinkMs * MS,
});
/** A message of any content. */
export const send = (from: 0 | 1, content: Content, thinkMs = 1): Message => ({ from, content, think: thinkMs * MS });
/** Bytes followed by bulk data. */
export const withBulk = (sim: Sim, head: Uint8Array | string, length: number): Content =>
  length > 0 ? new Joined([new Bytes(bytes(head)), sim.cipher(length)]) : new Bytes(bytes(head));

export interface HttpExchange {
  method?: string;
  host: string;
  path: string;
  agent: string;
  headers?: readonly string[];
  body?: string | number;
  status?: string;
  responseHeaders?: readonly string[];
  responseType?: string;
  responseBody?: string | number;
  serverMs?: number;
  thinkMs?: number;
}

/** One HTTP/1.1 request and its answer; a body is text or a number of bytes of media. */
export function* http(sim: Sim, x: HttpExchange): Generator<Message, void> {
  const method = x.method ?? 'GET';
  const length = typeof x.body === 'string' ? bytes(x.body).length : (x.body ?? 0);
  const lines = [
    `${method} ${x.path} HTTP/1.1`,
    `Host: ${x.host}`,
    `User-Agent: ${x.agent}`,
    'Accept: */*',
    ...(x.headers ?? []),
  ];
  if (length > 0) lines.push(`Content-Length: ${length}`);
  const head = `${lines.join('\r\n')}\r\n\r\n`;
  yield send(
    0,
    typeof x.body === 'number' ? withBulk(sim, head, x.body) : new Bytes(bytes(head + (x.body ?? ''))),
    x.thinkMs ?? 0.2,
  );
  const answer = typeof x.responseBody === 'string' ? bytes(x.responseBody).length : (x.responseBody ?? 0);
  const reply = [
    `HTTP/1.1 ${x.status ?? '200 OK'}`,
    'Server: nginx',
    `Content-Type: ${x.responseType ?? 'text/html; charset=utf-8'}`,
    `Content-Length: ${answer}`,
    'Connection: keep-alive',
    ...(x.responseHeaders ?? []),
  ];
  const replyHead = `${reply.join('\r\n')}\r\n\r\n`;
  yield send(
    1,
    typeof x.responseBody === 'number'
      ? withBulk(sim, replyHead, x.responseBody)
      : new Bytes(bytes(replyHead + (x.responseBody ?? ''))),
    x.serverMs ?? 12,
  );
}

/** TLS with request and answer sizes: HTTPS and anything else over TLS. */
export function* tlsExchange(
  sim: Sim,
  s: TlsSession,
  turns: readonly (readonly [up: number, down: number, waitMs: number])[],
): Generator<Message, void> {
  const tls13 = yield* tlsHandshake(sim, s);
  let first = true;
  for (const [up, down, wait] of turns) {
    yield send(0, sim.tlsData(up, tls13), wait);
    if (first && tls13) yield send(1, sim.tlsData(520, true), 1);
    first = false;
    if (down > 0) yield send(1, sim.tlsData(down, tls13), 3 + sim.rng.exp(15));
  }
  // close_notify
  yield send(0, sim.tlsData(2, tls13), 40);
}

const sshPacket = (payload: Uint8Array, sim: Sim): Uint8Array => {
  const padding = 8 - ((5 + payload.length) % 8) + (8 - ((5 + payload.length) % 8) < 4 ? 8 : 0);
  return concat(u32(1 + payload.length + padding), u8(padding), payload, poolSlice(sim, padding));
};
const nameList = (text: string): Uint8Array => concat(u32(text.length), text);

export interface SshClient {
  banner: string;
  kex: string;
}
export const SSH_CLIENTS: Readonly<Record<string, SshClient>> = {
  openssh: {
    banner: 'SSH-2.0-OpenSSH_9.6',
    kex: 'sntrup761x25519-sha512@openssh.com,curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group16-sha512,ext-info-c',
  },
  putty: {
    banner: 'SSH-2.0-PuTTY_Release_0.80',
    kex: 'curve448-sha512,curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256',
  },
  libssh2: {
    banner: 'SSH-2.0-libssh2_1.10.0',
    kex: 'curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha1',
  },
  go: { banner: 'SSH-2.0-Go', kex: 'curve25519-sha256@libssh.org,ecdh-sha2-nistp256,diffie-hellman-group14-sha256' },
  paramiko: {
    banner: 'SSH-2.0-paramiko_3.4.0',
    kex: 'curve25519-sha256@libssh.org,ecdh-sha2-nistp256,diffie-hellman-group16-sha512',
  },
};
const SSH_SERVER: SshClient = {
  banner: 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2',
  kex: 'sntrup761x25519-sha512@openssh.com,curve25519-sha256,ecdh-sha2-nistp256,ext-info-s',
};

function kexInit(sim: Sim, kex: string): Uint8Array {
  const ciphers = 'chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes256-ctr';
  const macs = 'hmac-sha2-256-etm@openssh.com,hmac-sha2-512';
  const lists = [
    kex,
    'ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512',
    ciphers,
    ciphers,
    macs,
    macs,
    'none,zlib@openssh.com',
    'none,zlib@openssh.com',
    '',
    '',
  ];
  return sshPacket(concat([20], sim.rng.bytes(16), ...lists.map(nameList), zeros(5)), sim);
}

/** The SSH opening up to the user authentication: banners, key exchange (ECDH), new keys, service request. */
export function* sshOpen(sim: Sim, client: SshClient, server: SshClient = SSH_SERVER): Generator<Message, void> {
  yield say(0, `${client.banner}\r\n`, 0.5);
  yield say(1, `${server.banner}\r\n`, 6);
  yield say(0, kexInit(sim, client.kex), 0.4);
  yield say(1, kexInit(sim, server.kex), 0.4);
  yield say(0, sshPacket(concat([30], u32(32), sim.rng.bytes(32)), sim), 1);
  const hostKey = concat(nameList('ssh-ed25519'), u32(32), zeros(32).fill(0x5a));
  const signature = concat(nameList('ssh-ed25519'), u32(64), poolSlice(sim, 64));
  const reply = concat(
    [31],
    u32(hostKey.length),
    hostKey,
    u32(32),
    sim.rng.bytes(32),
    u32(signature.length),
    signature,
  );
  yield say(1, concat(sshPacket(reply, sim), sshPacket(u8(21), sim)), 4);
  yield say(0, sshPacket(u8(21), sim), 2);
  yield send(0, sim.cipher(44), 1);
  yield send(1, sim.cipher(44), 0.4);
}

/** One password try: request and answer sizes as OpenSSH's look; `ok` opens the session. */
export function* sshPassword(sim: Sim, ok: boolean, thinkMs = 5): Generator<Message, void> {
  yield send(0, sim.cipher(84 + 64 * sim.rng.int(0, 1)), thinkMs);
  yield send(1, sim.cipher(ok ? 28 : 52), ok ? 15 : 1800 + sim.rng.exp(400));
}

/** The client's first QUIC v1 packet: a ClientHello with transport parameters in a CRYPTO frame. */
export function quicInitial(sim: Sim, sni: string, dcid: Uint8Array, scid: Uint8Array): Uint8Array {
  const hello = clientHello(sim.rng, TLS_CLIENTS['chromium']!, sni, ['h3']).subarray(5);
  // CRYPTO frames carry the handshake without a record header; QUIC wants transport parameters in it.
  const parameters = concat([1, 4, 0x80, 0, 0x75, 0x30], [4, 4, 0x80, 0x10, 0, 0], u8(15), u8(scid.length), scid);
  const patched = addExtension(hello, 57, parameters);
  return protectInitial('client in', dcid, dcid, scid, concat([6, 0], varint(patched.length), patched));
}

/** The server's answer: an acknowledgement and a ServerHello. `original` is the client's first destination id. */
export function quicServerInitial(sim: Sim, original: Uint8Array, dcid: Uint8Array, scid: Uint8Array): Uint8Array {
  const hello = serverHello(sim.rng, { tls13: true, cipher: 0x1301, session: zeros(0) }).subarray(5);
  const frames = concat([2, 0, 0, 0, 0], [6, 0], varint(hello.length), hello);
  return protectInitial('server in', original, dcid, scid, frames);
}

/** A 1,200-byte Initial packet under the keys that its first destination id gives (RFC 9001, section 5). */
function protectInitial(
  side: 'client in' | 'server in',
  original: Uint8Array,
  dcid: Uint8Array,
  scid: Uint8Array,
  frames: Uint8Array,
): Uint8Array {
  const header = concat([0xc1], u32(1), u8(dcid.length), dcid, u8(scid.length), scid, [0]);
  const length = 1200 - header.length - 2;
  const full = concat(header, [0x40 | (length >> 8), length & 255], u16(0));
  const plain = concat(frames, zeros(1200 - full.length - frames.length - 16));
  const expand = (secret: Uint8Array, label: string, n: number): Uint8Array =>
    createHmac('sha256', secret)
      .update(concat(u16(n), u8(label.length + 6), `tls13 ${label}`, [0, 1]))
      .digest()
      .subarray(0, n);
  const secret = expand(createHmac('sha256', QUIC_SALT).update(original).digest(), side, 32);
  const cipher = createCipheriv('aes-128-gcm', expand(secret, 'quic key', 16), expand(secret, 'quic iv', 12));
  cipher.setAAD(full);
  const sealed = concat(cipher.update(plain), cipher.final(), cipher.getAuthTag());
  const protector = createCipheriv('aes-128-ecb', expand(secret, 'quic hp', 16), null);
  const mask = protector.update(sealed.subarray(2, 18));
  const out = concat(full, sealed);
  out[0] = out[0]! ^ (mask[0]! & 0x0f);
  out[full.length - 2] = out[full.length - 2]! ^ mask[1]!;
  out[full.length - 1] = out[full.length - 1]! ^ mask[2]!;
  return out;
}

const QUIC_SALT = hex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a');
const varint = (v: number): Uint8Array => (v < 64 ? u8(v) : u16(0x4000 | v));

function addExtension(hello: Uint8Array, type: number, body: Uint8Array): Uint8Array {
  const added = concat(u16(type), u16(body.length), body);
  const out = concat(hello, added);
  const length = out.length - 4;
  out.set([length >> 16, (length >> 8) & 255, length & 255], 1);
  const at = 4 + 2 + 32;
  const ciphers = at + 1 + out[at]!;
  const compression = ciphers + 2 + ((out[ciphers]! << 8) | out[ciphers + 1]!);
  const extensions = compression + 1 + out[compression]!;
  const total = out.length - extensions - 2;
  out.set(u16(total), extensions);
  return out;
}

/** A server's long-header packet (Initial or Handshake): right outside, ciphertext inside. */
export function quicLong(sim: Sim, type: number, dcid: Uint8Array, scid: Uint8Array, size: number): Uint8Array {
  const header = concat(
    u8(0xc0 | (type << 4) | 1),
    u32(1),
    u8(dcid.length),
    dcid,
    u8(scid.length),
    scid,
    type === 0 ? [0] : [],
  );
  const length = size - header.length - 2;
  return concat(header, [0x40 | (length >> 8), length & 255], poolSlice(sim, length));
}

/** A short-header packet's first bytes. */
export const quicShort = (dcid: Uint8Array): Uint8Array => concat([0x41], dcid);
