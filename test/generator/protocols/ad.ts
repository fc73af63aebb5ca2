import { bytes, concat, u16, u16le, u32, u32le, u64le, u8, utf16le, zeros } from '../bytes.ts';
import type { Rng } from '../prng.ts';
import { der, derInteger, derSequence } from './x509.ts';

const context = (n: number, ...content: readonly Uint8Array[]): Uint8Array => der(0xa0 | n, ...content);
const general = (text: string): Uint8Array => der(0x1b, bytes(text));
const kerberosTime = (text = '20370913024805Z'): Uint8Array => der(0x18, bytes(text));
const principal = (type: number, ...names: readonly string[]): Uint8Array =>
  derSequence(context(0, derInteger(type)), context(1, derSequence(...names.map(general))));
const encrypted = (rng: Rng, length: number, etype = 18): Uint8Array =>
  derSequence(context(0, derInteger(etype)), context(1, derInteger(2)), context(2, der(4, rng.bytes(length))));
const ticket = (rng: Rng, realm: string, service: readonly string[], etype = 18): Uint8Array =>
  der(
    0x61,
    derSequence(
      context(0, derInteger(5)),
      context(1, general(realm)),
      context(2, principal(2, ...service)),
      context(3, encrypted(rng, 600 + rng.int(0, 300), etype)),
    ),
  );
/** Kerberos over TCP has a four-byte length in front. */
const framed = (message: Uint8Array): Uint8Array => concat(u32(message.length), message);

interface KerberosNames {
  realm: string;
  user: string;
}

const requestBody = (
  rng: Rng,
  k: KerberosNames,
  service: readonly string[],
  etypes: readonly number[],
  named: boolean,
): Uint8Array =>
  derSequence(
    context(0, der(3, Uint8Array.of(0, 0x40, 0x81, 0, 0x10))),
    ...(named ? [context(1, principal(1, k.user))] : []),
    context(2, general(k.realm)),
    context(3, principal(2, ...service)),
    context(5, kerberosTime()),
    context(7, derInteger(rng.u32() >>> 1)),
    context(8, derSequence(...etypes.map(derInteger))),
  );

/** Kerberos messages (RFC 4120), TCP framing; ciphertexts are random. */
export const kerberos = {
  asRequest: (rng: Rng, k: KerberosNames, preauth: boolean): Uint8Array => {
    const pac = derSequence(context(1, derInteger(128)), context(2, der(4, derSequence(context(0, der(1, u8(255)))))));
    const stamp = derSequence(
      context(1, derInteger(2)),
      context(2, der(4, derSequence(context(0, derInteger(18)), context(2, der(4, rng.bytes(56)))))),
    );
    return framed(
      der(
        0x6a,
        derSequence(
          context(1, derInteger(5)),
          context(2, derInteger(10)),
          context(3, derSequence(...(preauth ? [stamp] : []), pac)),
          context(4, requestBody(rng, k, ['krbtgt', k.realm], [18, 17, 23], true)),
        ),
      ),
    );
  },
  asReply: (rng: Rng, k: KerberosNames): Uint8Array =>
    framed(
      der(
        0x6b,
        derSequence(
          context(0, derInteger(5)),
          context(1, derInteger(11)),
          context(3, general(k.realm)),
          context(4, principal(1, k.user)),
          context(5, ticket(rng, k.realm, ['krbtgt', k.realm])),
          context(6, encrypted(rng, 300)),
        ),
      ),
    ),
  tgsRequest: (
    rng: Rng,
    k: KerberosNames,
    service: readonly string[],
    etypes: readonly number[] = [18, 17, 23],
  ): Uint8Array => {
    const apRequest = der(
      0x6e,
      derSequence(
        context(0, derInteger(5)),
        context(1, derInteger(14)),
        context(2, der(3, zeros(5))),
        context(3, ticket(rng, k.realm, ['krbtgt', k.realm])),
        context(4, encrypted(rng, 180)),
      ),
    );
    return framed(
      der(
        0x6c,
        derSequence(
          context(1, derInteger(5)),
          context(2, derInteger(12)),
          context(3, derSequence(derSequence(context(1, derInteger(1)), context(2, der(4, apRequest))))),
          context(4, requestBody(rng, k, service, etypes, false)),
        ),
      ),
    );
  },
  tgsReply: (rng: Rng, k: KerberosNames, service: readonly string[], etype = 18): Uint8Array =>
    framed(
      der(
        0x6d,
        derSequence(
          context(0, derInteger(5)),
          context(1, derInteger(13)),
          context(3, general(k.realm)),
          context(4, principal(1, k.user)),
          context(5, ticket(rng, k.realm, service, etype)),
          context(6, encrypted(rng, 300)),
        ),
      ),
    ),
  /** KRB-ERROR: 25 preauthentication required, 24 preauthentication failed (wrong password), 6 unknown principal. */
  error: (rng: Rng, k: KerberosNames, code: number, time: string): Uint8Array =>
    framed(
      der(
        0x7e,
        derSequence(
          context(0, derInteger(5)),
          context(1, derInteger(30)),
          context(4, kerberosTime(time)),
          context(5, derInteger(rng.int(0, 999999))),
          context(6, derInteger(code)),
          context(9, general(k.realm)),
          context(10, principal(2, 'krbtgt', k.realm)),
        ),
      ),
    ),
};

const ldapMessage = (id: number, op: Uint8Array): Uint8Array => derSequence(derInteger(id), op);
const octets = (text: string): Uint8Array => der(4, bytes(text));
/** LDAPv3 messages (RFC 4511). */
export const ldap = {
  simpleBind: (id: number, dn: string, password: string): Uint8Array =>
    ldapMessage(id, der(0x60, derInteger(3), octets(dn), der(0x80, bytes(password)))),
  saslBind: (id: number, token: Uint8Array): Uint8Array =>
    ldapMessage(id, der(0x60, derInteger(3), octets(''), der(0xa3, octets('GSS-SPNEGO'), der(4, token)))),
  bindResponse: (id: number, code = 0): Uint8Array =>
    ldapMessage(id, der(0x61, der(10, u8(code)), octets(''), octets(''))),
  search: (id: number, base: string, attribute: string, value: string | undefined): Uint8Array => {
    const filter = value === undefined ? der(0x87, bytes(attribute)) : der(0xa3, octets(attribute), octets(value));
    return ldapMessage(
      id,
      der(
        0x63,
        octets(base),
        der(10, u8(base === '' ? 0 : 2)),
        der(10, u8(0)),
        derInteger(0),
        derInteger(30),
        der(1, u8(0)),
        filter,
        derSequence(octets('cn'), octets('mail')),
      ),
    );
  },
  entry: (id: number, dn: string, attributes: Readonly<Record<string, string>>): Uint8Array =>
    ldapMessage(
      id,
      der(
        0x64,
        octets(dn),
        derSequence(...Object.entries(attributes).map(([k, v]) => derSequence(octets(k), der(0x31, octets(v))))),
      ),
    ),
  done: (id: number): Uint8Array => ldapMessage(id, der(0x65, der(10, u8(0)), octets(''), octets(''))),
  unbind: (id: number): Uint8Array => ldapMessage(id, der(0x42)),
};

/** NTLMSSP messages: 1 negotiate, 2 challenge, 3 authenticate. */
export const ntlm = {
  negotiate: (): Uint8Array =>
    concat(bytes('NTLMSSP\0'), u32le(1), u32le(0xe2088297), zeros(16), [10, 0, 0x61, 0x4a, 0, 0, 0, 15]),
  /** `computer`: the server's own name. */
  challenge: (rng: Rng, domain: string, computer: string): Uint8Array => {
    const target = utf16le(domain);
    const own = utf16le(computer);
    const info = concat(u16le(2), u16le(target.length), target, u16le(1), u16le(own.length), own, zeros(4));
    return concat(
      bytes('NTLMSSP\0'),
      u32le(2),
      u16le(target.length),
      u16le(target.length),
      u32le(56),
      u32le(0xe2898215),
      rng.bytes(8),
      zeros(8),
      u16le(info.length),
      u16le(info.length),
      u32le(56 + target.length),
      [10, 0, 0x63, 0x45, 0, 0, 0, 15],
      target,
      info,
    );
  },
  authenticate: (rng: Rng, domain: string, user: string, workstation: string): Uint8Array => {
    const parts = [zeros(24), rng.bytes(96), utf16le(domain), utf16le(user), utf16le(workstation), rng.bytes(16)];
    // An NTLMv2 response: HMAC, then version 1, 1 and a time.
    parts[1]!.set(
      concat(
        u16le(0x0101),
        zeros(6),
        u64le(133_500_000_000_000_000n),
        rng.bytes(8),
        zeros(4),
        u16le(2),
        u16le(2),
        utf16le('C'),
        u16le(0),
        u16le(0),
      ),
      16,
    );
    parts[1]!.fill(0, 16 + 8 + 8 + 8 + 4 + 10);
    const fields: Uint8Array[] = [];
    let at = 88;
    for (const p of parts) {
      fields.push(u16le(p.length), u16le(p.length), u32le(at));
      at += p.length;
    }
    return concat(
      bytes('NTLMSSP\0'),
      u32le(3),
      ...fields,
      u32le(0xe2888215),
      [10, 0, 0x61, 0x4a, 0, 0, 0, 15],
      zeros(16),
      ...parts,
    );
  },
};

export const SMB2 = {
  NEGOTIATE: 0,
  SESSION_SETUP: 1,
  LOGOFF: 2,
  TREE_CONNECT: 3,
  TREE_DISCONNECT: 4,
  CREATE: 5,
  CLOSE: 6,
  READ: 8,
  WRITE: 9,
  IOCTL: 11,
  QUERY_INFO: 16,
} as const;
export const STATUS = {
  OK: 0,
  MORE_PROCESSING: 0xc0000016,
  LOGON_FAILURE: 0xc000006d,
  ACCESS_DENIED: 0xc0000022,
  NOT_FOUND: 0xc0000034,
} as const;

/** One SMB2 conversation's counters, and its messages with their NetBIOS session header. */
export class Smb2 {
  private id = 0n;
  private readonly session: bigint;
  private tree = 0;
  readonly guid: Uint8Array;

  constructor(rng: Rng) {
    this.session = BigInt(rng.u32() >>> 1) | 0x100000000000n;
    this.guid = rng.bytes(16);
  }

  /** A message; `extra` is the length of bulk data that follows these bytes on the wire. */
  private message(command: number, response: boolean, body: Uint8Array, status = 0, extra = 0): Uint8Array {
    const header = concat(
      bytes([0xfe, 0x53, 0x4d, 0x42]),
      u16le(64),
      u16le(command === 0 ? 0 : 1),
      u32le(status),
      u16le(command),
      u16le(response ? 33 : 31),
      u32le(response ? 1 : 0),
      u32le(0),
      u64le(response ? this.id++ : this.id),
      u32le(0xfeff),
      u32le(command > 3 ? this.tree : 0),
      u64le(command === 0 || (command === 1 && !response && status === 0 && this.first) ? 0n : this.session),
      zeros(16),
    );
    const length = header.length + body.length + extra;
    return concat([0, length >> 16, (length >> 8) & 255, length & 255], header, body);
  }

  private first = true;

  negotiate(): Uint8Array {
    return this.message(
      0,
      false,
      concat(
        u16le(36),
        u16le(4),
        u16le(1),
        u16le(0),
        u32le(0x7f),
        this.guid,
        zeros(8),
        ...[0x0202, 0x0210, 0x0300, 0x0302].map(u16le),
      ),
    );
  }
  negotiated(): Uint8Array {
    const blob = der(
      0x60,
      bytes([6, 6, 0x2b, 6, 1, 5, 5, 2]),
      context(0, derSequence(context(0, derSequence(der(6, bytes([0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10])))))),
    );
    return this.message(
      0,
      true,
      concat(
        u16le(65),
        u16le(1),
        u16le(0x0302),
        u16le(0),
        this.guid,
        u32le(0x2f),
        u32le(8388608),
        u32le(8388608),
        u32le(8388608),
        u64le(133_500_000_000_000_000n),
        u64le(0n),
        u16le(128),
        u16le(blob.length),
        u32le(0),
        blob,
      ),
    );
  }
  setup(blob: Uint8Array): Uint8Array {
    const out = this.message(
      1,
      false,
      concat(u16le(25), u8(0), u8(1), u32le(1), u32le(0), u16le(88), u16le(blob.length), u64le(0n), blob),
    );
    this.first = false;
    return out;
  }
  setupReply(blob: Uint8Array, status: number): Uint8Array {
    if (status !== 0 && status !== STATUS.MORE_PROCESSING)
      return this.message(1, true, concat(u16le(9), zeros(6), zeros(1)), status);
    return this.message(1, true, concat(u16le(9), u16le(0), u16le(72), u16le(blob.length), blob), status);
  }
  treeConnect(path: string): Uint8Array {
    const name = utf16le(path);
    return this.message(3, false, concat(u16le(9), u16le(0), u16le(72), u16le(name.length), name));
  }
  treeConnected(pipe = false): Uint8Array {
    this.tree++;
    return this.message(3, true, concat(u16le(16), u8(pipe ? 2 : 1), u8(0), u32le(0), u32le(0), u32le(0x001f01ff)));
  }
  create(name: string): Uint8Array {
    const file = utf16le(name);
    return this.message(
      5,
      false,
      concat(
        u16le(57),
        u8(0),
        u8(0),
        u32le(2),
        zeros(16),
        u32le(0x0012019f),
        u32le(0x80),
        u32le(7),
        u32le(1),
        u32le(0x40),
        u16le(120),
        u16le(file.length),
        u32le(0),
        u32le(0),
        file.length ? file : zeros(1),
      ),
    );
  }
  created(size: number): Uint8Array {
    const time = u64le(133_500_000_000_000_000n);
    return this.message(
      5,
      true,
      concat(
        u16le(89),
        u8(0),
        u8(0),
        u32le(1),
        time,
        time,
        time,
        time,
        u64le(BigInt(Math.ceil(size / 4096) * 4096)),
        u64le(BigInt(size)),
        u32le(0x80),
        u32le(0),
        this.guid,
        u32le(0),
        u32le(0),
      ),
    );
  }
  read(offset: number, length: number): Uint8Array {
    return this.message(
      8,
      false,
      concat(
        u16le(49),
        u8(80),
        u8(0),
        u32le(length),
        u64le(BigInt(offset)),
        this.guid,
        u32le(0),
        u32le(0),
        u32le(0),
        u16le(0),
        u16le(0),
        zeros(1),
      ),
    );
  }
  /** The head of a read answer; `length` bytes of data follow. */
  readHead(length: number): Uint8Array {
    return this.message(8, true, concat(u16le(17), u8(80), u8(0), u32le(length), u32le(0), u32le(0)), 0, length);
  }
  /** The head of a write request; `length` bytes of data follow. */
  writeHead(offset: number, length: number): Uint8Array {
    return this.message(
      9,
      false,
      concat(
        u16le(49),
        u16le(112),
        u32le(length),
        u64le(BigInt(offset)),
        this.guid,
        u32le(0),
        u32le(0),
        u16le(0),
        u16le(0),
        u32le(0),
      ),
      0,
      length,
    );
  }
  written(length: number): Uint8Array {
    return this.message(9, true, concat(u16le(17), u16le(0), u32le(length), u32le(0), u16le(0), u16le(0)));
  }
  close(): Uint8Array {
    return this.message(6, false, concat(u16le(24), u16le(0), u32le(0), this.guid));
  }
  closed(): Uint8Array {
    return this.message(6, true, concat(u16le(60), u16le(0), u32le(0), zeros(52)));
  }
  logoff(): Uint8Array {
    return this.message(2, false, concat(u16le(4), u16le(0)));
  }
  loggedOff(): Uint8Array {
    return this.message(2, true, concat(u16le(4), u16le(0)));
  }
  /** Any request answered with an error. */
  failed(command: number, status: number): Uint8Array {
    return this.message(command, true, concat(u16le(9), zeros(6), zeros(1)), status);
  }
}

/** RDP opening (MS-RDPBCGR): connection request with the user's cookie and its answer; both then speak TLS. */
export const rdp = {
  request: (user: string, protocols = 3): Uint8Array => {
    const body = concat([0xe0, 0, 0, 0, 0, 0], bytes(`Cookie: mstshash=${user}\r\n`), [1, 0, 8, 0], u32le(protocols));
    return concat([3, 0], u16(body.length + 5), u8(body.length), body);
  },
  confirm: (protocol = 2): Uint8Array =>
    concat([3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0x1f, 8, 0], u32le(protocol)),
};
