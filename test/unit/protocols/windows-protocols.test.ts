import { describe, expect, it } from 'vitest';
import { be16, be24, be32, bytes, inspect, join, le16, le32, tcp, udp, utf16 } from './wire.ts';

const nbss = (message: Uint8Array): Uint8Array => join([0], be24(message.length), message);
const MORE = 0xc0000016;
const LOGON_FAILURE = 0xc000006d;

function smb2(command: number, response: boolean, id: number, body: Uint8Array, status = 0): Uint8Array {
  return nbss(
    join(
      [0xfe],
      bytes('SMB'),
      le16(64),
      le16(0),
      le32(status),
      le16(command),
      le16(1),
      le32(response ? 1 : 0),
      le32(0),
      le32(id),
      new Uint8Array(36),
      body,
    ),
  );
}

function ntlmAuthenticate(domain: string, user: string): Uint8Array {
  const parts = [new Uint8Array(24), new Uint8Array(24), utf16(domain), utf16(user), utf16('WS1')];
  let offset = 72;
  const fields = parts.map((p) => {
    const field = join(le16(p.length), le16(p.length), le32(offset));
    offset += p.length;
    return field;
  });
  // Order of the fields: LM, NT, domain, user, workstation; then the session key and the flags (Unicode).
  return join(bytes('NTLMSSP\0'), le32(3), ...fields, new Uint8Array(8), le32(1), new Uint8Array(8), ...parts);
}

const setupRequest = (token: Uint8Array): Uint8Array =>
  join(le16(25), [0, 1], le32(0), le32(0), le16(88), le16(token.length), new Uint8Array(8), token);
const setupResponse = (token = new Uint8Array(0)): Uint8Array =>
  join(le16(9), le16(0), le16(72), le16(token.length), token);
const negotiated = join(le16(65), le16(1), le16(0x0311), new Uint8Array(50), le16(128), le16(0), le32(0));
const spnego = (inner: Uint8Array): Uint8Array => join([0xa1, 0x82], be16(inner.length), inner);
const treeConnect = (path: string): Uint8Array => join(le16(9), le16(0), le16(72), le16(path.length * 2), utf16(path));
const create = (path: string): Uint8Array =>
  join(le16(57), new Uint8Array(42), le16(120), le16(path.length * 2), new Uint8Array(8), utf16(path));

describe('SMB 2 and 3', () => {
  it('takes an answer for that of the latest request of its number', () => {
    const { wire } = inspect(tcp(445), (f) => {
      f.client(smb2(0, false, 0, new Uint8Array(36))).server(smb2(0, true, 0, negotiated));
      f.client(smb2(5, false, 7, create('first.txt'))).client(smb2(5, false, 7, create('second.txt')));
      f.server(smb2(5, true, 7, new Uint8Array(88)));
    });
    expect(wire.of('smb').filter(({ command }) => command === 'create')).toMatchObject([
      { path: 'second.txt', status: 0 },
    ]);
  });

  it('reports dialect, logins with their account, shares and files', () => {
    const { meta, wire } = inspect(tcp(445), (f) => {
      f.client(smb2(0, false, 0, new Uint8Array(36))).server(smb2(0, true, 0, negotiated));
      f.client(smb2(1, false, 1, setupRequest(spnego(ntlmAuthenticate('CORP', 'anna'))))).server(
        smb2(1, true, 1, setupResponse(), LOGON_FAILURE),
      );
      f.client(smb2(1, false, 2, setupRequest(spnego(ntlmAuthenticate('CORP', 'anna')))), 60).server(
        smb2(1, true, 2, setupResponse()),
        17,
      );
      f.client(smb2(3, false, 3, treeConnect('\\\\srv\\ADMIN$'))).server(smb2(3, true, 3, new Uint8Array(16)));
      f.client(smb2(5, false, 4, create('run.exe'))).server(smb2(5, true, 4, new Uint8Array(88), 0xc0000022));
    });
    expect(meta).toMatchObject({
      service: 'gssapi,ntlm,smb',
      app: 'NetBIOS.SMBv23',
      facts: { 'smb.dialect': '3.1.1', 'ntlm.user': 'CORP\\anna' },
    });
    expect(wire.of('login').map((m) => [m.outcome, m.user, m.code])).toEqual([
      ['attempt', 'CORP\\anna', 0],
      ['failed', 'CORP\\anna', LOGON_FAILURE],
      ['attempt', 'CORP\\anna', 0],
      ['succeeded', 'CORP\\anna', 0],
    ]);
    expect(wire.of('smb').map((m) => [m.command, m.path, m.status])).toEqual([
      ['negotiate', '', 0],
      ['session-setup', '', LOGON_FAILURE],
      ['session-setup', '', 0],
      ['tree-connect', '\\\\srv\\ADMIN$', 0],
      ['create', 'run.exe', 0xc0000022],
    ]);
  });

  it('states the dialect of the second negotiation where the first leaves it open', () => {
    const open = negotiated.map((byte, i) => (i === 4 ? 0xff : i === 5 ? 0x02 : byte));
    const first = inspect(tcp(445), (f) => f.server(smb2(0, true, 0, open)));
    expect(first.meta?.facts['smb.dialect']).toBe('2.?');
    const both = inspect(tcp(445), (f) => f.server(smb2(0, true, 0, open)).server(smb2(0, true, 1, negotiated)));
    expect(both.meta?.facts['smb.dialect']).toBe('3.1.1');
  });

  it('tells a login without a name from one whose account was not seen', () => {
    const login = (token: Uint8Array): unknown =>
      inspect(tcp(445), (f) => {
        f.client(smb2(0, false, 0, new Uint8Array(36))).server(smb2(0, true, 0, negotiated));
        f.client(smb2(1, false, 1, setupRequest(spnego(token)))).server(smb2(1, true, 1, setupResponse()));
      }).meta?.facts['smb.login.succeeded'];
    expect(login(ntlmAuthenticate('', ''))).toBe('anonymous');
    expect(login(ntlmAuthenticate('CORP', 'anna'))).toBe('CORP\\anna');
  });

  it('waits while a login goes on', () => {
    const { wire } = inspect(tcp(445), (f) => {
      f.client(smb2(1, false, 1, setupRequest(spnego(join(bytes('NTLMSSP\0'), le32(1), new Uint8Array(24)))))).server(
        smb2(1, true, 1, setupResponse(), MORE),
      );
    });
    expect(wire.of('login')).toEqual([]);
  });

  it('sees the calls inside a pipe', () => {
    const svcctl = '\x81\xbb\x7a\x36\x44\x98\xf1\x35\xad\x32\x98\xf0\x38\x00\x10\x03';
    const bind = join(
      [5, 0, 11, 3, 0x10, 0, 0, 0],
      le16(72),
      le16(0),
      le32(1),
      new Uint8Array(8),
      [1, 0, 0, 0],
      le16(0),
      [1, 0],
      bytes(svcctl),
      le32(2),
      new Uint8Array(20),
    );
    const write = join(le16(49), le16(112), le32(bind.length), new Uint8Array(8), le32(77), new Uint8Array(28), bind);
    const created = join(le16(89), new Uint8Array(62), le32(77), new Uint8Array(20));
    const { meta, wire } = inspect(tcp(445), (f) => {
      f.client(smb2(5, false, 4, create('svcctl')))
        .server(smb2(5, true, 4, created))
        .client(smb2(9, false, 5, write));
    });
    expect(meta?.service).toBe('dce_rpc,smb');
    expect(wire.of('dcerpc')).toMatchObject([
      { what: 'bind', transport: 'svcctl', interface: '367abb81-9844-35f1-ad32-98f038001003' },
    ]);
  });
});

describe('SMB 1', () => {
  const smb1 = (
    command: number,
    response: boolean,
    words: number[],
    data: Uint8Array,
    status = 0,
    unicode = true,
  ): Uint8Array =>
    nbss(
      join(
        [0xff],
        bytes('SMB'),
        [command],
        le32(status),
        [response ? 0x80 : 0],
        le16(unicode ? 0x8000 : 0),
        new Uint8Array(18),
        le16(1),
        [words.length / 2],
        words,
        le16(data.length),
        data,
      ),
    );

  it('is named apart, and reports dialects and shares', () => {
    const { meta, wire } = inspect(tcp(139), (f) => {
      f.client(join([0x81, 0, 0, 68], new Uint8Array(68), smb1(0x72, false, [], bytes('\x02NT LM 0.12\0'))));
      f.server(smb1(0x72, true, [...le16(0), ...Array<number>(32).fill(0)], new Uint8Array(8)));
      f.client(smb1(0x75, false, [0xff, 0, 0, 0, 0, 0, 1, 0], join([0], utf16('\\\\srv\\IPC$\0')))).server(
        smb1(0x75, true, [], new Uint8Array(0)),
      );
    });
    expect(meta).toMatchObject({ service: 'smb', app: 'NetBIOS.SMBv1' });
    expect(wire.of('smb').map((m) => [m.command, m.dialect, m.path])).toEqual([
      ['negotiate', 'NT LM 0.12', ''],
      ['tree-connect', 'NT LM 0.12', '\\\\srv\\IPC$'],
    ]);
  });
});

const der = (tag: number, ...parts: (Uint8Array | number[])[]): Uint8Array => {
  const body = join(...parts);
  return join([tag], body.length < 128 ? [body.length] : [0x82, ...be16(body.length)], body);
};
const int = (value: number): Uint8Array => der(2, value < 128 ? [value] : be16(value));
const text = (value: string): Uint8Array => der(0x1b, bytes(value));
const principal = (...parts: string[]): Uint8Array =>
  der(0x30, der(0xa0, int(1)), der(0xa1, der(0x30, ...parts.map(text))));

describe('Kerberos', () => {
  const request = (padata: Uint8Array[]): Uint8Array =>
    der(
      0x6a,
      der(
        0x30,
        der(0xa1, int(5)),
        der(0xa2, int(10)),
        der(0xa3, der(0x30, ...padata)),
        der(
          0xa4,
          der(
            0x30,
            der(0xa1, principal('anna')),
            der(0xa2, text('CORP')),
            der(0xa3, principal('krbtgt', 'CORP')),
            der(0xa8, der(0x30, int(18), int(23))),
          ),
        ),
      ),
    );
  const timestamp = der(0x30, der(0xa1, int(2)), der(0xa2, der(4, new Uint8Array(40))));
  const failure = (code: number): Uint8Array =>
    der(
      0x7e,
      der(
        0x30,
        der(0xa0, int(5)),
        der(0xa1, int(30)),
        der(0xa6, int(code)),
        der(0xa9, text('CORP')),
        der(0xaa, principal('krbtgt', 'CORP')),
      ),
    );

  it('names principals, encryption types and refused logins over UDP', () => {
    const { meta, wire } = inspect(udp(88), (f) => f.client(request([timestamp])).server(failure(24)));
    expect(meta).toMatchObject({ service: 'krb', app: 'Kerberos' });
    expect(wire.of('kerberos')).toMatchObject([
      { type: 'as-req', client: 'anna@CORP', service: 'krbtgt/CORP', etypes: [18, 23] },
      { type: 'error', error: 24, service: 'krbtgt/CORP' },
    ]);
    expect(wire.of('login').map((m) => [m.outcome, m.user, m.code])).toEqual([
      ['attempt', 'anna@CORP', 0],
      ['failed', 'anna@CORP', 24],
    ]);
  });

  it('does not call the first request without proof a try, nor the demand for one a failure', () => {
    const { wire } = inspect(udp(88), (f) => f.client(request([])).server(failure(25)));
    expect(wire.of('login')).toEqual([]);
  });

  it('reads framed messages over TCP in any segments', () => {
    const message = request([timestamp]);
    const { meta, wire } = inspect(tcp(88), (f) => f.client(join(be32(message.length), message), 5));
    expect(meta?.service).toBe('krb_tcp');
    expect(wire.of('kerberos')).toHaveLength(1);
  });
});

describe('LDAP', () => {
  const message = (id: number, operation: Uint8Array): Uint8Array => der(0x30, int(id), operation);
  const bind = (name: string, secret: string): Uint8Array =>
    message(1, der(0x60, int(3), der(4, bytes(name)), der(0x80, bytes(secret))));
  const result = (tag: number, code: number): Uint8Array => message(1, der(tag, der(10, [code]), der(4), der(4)));

  it('reports binds, their outcome, and searches', () => {
    const search = message(2, der(0x63, der(4, bytes('dc=corp')), der(10, [2])));
    const { meta, wire } = inspect(tcp(389), (f) =>
      f.client(bind('cn=anna', 'hunter2')).server(result(0x61, 49)).client(search).server(result(0x65, 0)),
    );
    expect(meta).toMatchObject({ service: 'ldap_tcp', app: 'LDAP' });
    expect(wire.of('ldap').map((m) => [m.operation, m.name, m.result])).toEqual([
      ['bind', 'cn=anna', -1],
      ['bind-result', '', 49],
      ['search', 'dc=corp', -1],
      ['search-result', '', 0],
    ]);
    expect(wire.of('login').map((m) => [m.outcome, m.user, m.cleartext])).toEqual([
      ['attempt', 'cn=anna', true],
      ['failed', 'cn=anna', false],
    ]);
    expect(JSON.stringify([meta, wire.messages])).not.toContain('hunter');
  });

  it('names the mechanisms inside a bind, as Zeek does', () => {
    const kerberos = '\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02';
    const token = der(0x60, bytes(`\x06\x06\x2b\x06\x01\x05\x05\x02${kerberos}\x01\x00\x6e\x10`), new Uint8Array(16));
    const sasl = message(1, der(0x60, int(3), der(4), der(0xa3, der(4, bytes('GSS-SPNEGO')), der(4, token))));
    expect(inspect(tcp(389), (f) => f.client(sasl)).meta?.service).toBe('gssapi,krb,ldap_tcp');
  });

  it('names the connectionless form apart', () => {
    const search = message(2, der(0x63, der(4, bytes('')), der(10, [0])));
    expect(inspect(udp(389), (f) => f.client(search)).meta?.service).toBe('ldap_udp');
  });
});

describe('RDP', () => {
  const connect = (tail: Uint8Array): Uint8Array =>
    join([3, 0], be16(11 + tail.length), [6 + tail.length, 0xe0, 0, 0, 0, 0, 0], tail);

  it('reports the account of the cookie', () => {
    const { meta, wire } = inspect(tcp(3389), (f) => f.client(connect(bytes('Cookie: mstshash=anna\r\n'))));
    expect(meta).toMatchObject({ service: 'rdp', app: 'RDP' });
    expect(wire.of('rdp')[0]?.cookie).toBe('anna');
    expect(wire.of('login')).toMatchObject([{ protocol: 'rdp', outcome: 'attempt', user: 'anna' }]);
  });

  it('follows the change to TLS', () => {
    const confirm = join([3, 0, 0, 19, 14, 0xd0, 0, 0, 0, 0, 0], [2, 0, 8, 0, 1, 0, 0, 0]);
    const body = join(be16(0x0303), new Uint8Array(32), [0], be16(2), be16(0xc02f), [1, 0], be16(0));
    const hello = join([22], be16(0x0301), be16(body.length + 4), [1], be24(body.length), body);
    const { meta } = inspect(tcp(33890), (f) =>
      f
        .client(connect(Uint8Array.from([1, 0, 8, 0, 1, 0, 0, 0])))
        .server(confirm)
        .client(hello),
    );
    expect(meta).toMatchObject({ service: 'rdp,ssl', app: 'RDP' });
  });
});
