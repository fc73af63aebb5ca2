/** What recognised protocols tell beyond their name. */
import { describe, expect, it } from 'vitest';
import { be16, be32, bytes, hexBytes, inspect, join, le16, le32, tcp, udp, utf16 } from './wire.ts';

const zeros = (n: number): Uint8Array => new Uint8Array(n);
const nbss = (message: Uint8Array): Uint8Array => join(be32(message.length), message);
const ber = (tag: number, ...parts: (Uint8Array | number[])[]): Uint8Array => {
  const content = join(...parts);
  return join([tag, content.length], content);
};

describe('remote procedure calls', () => {
  const SAMR = hexBytes('7857341234 12cdabef000123456789ac'.replace(' ', ''));
  const message = (type: number, fragment: number): Uint8Array =>
    join(
      [4, type, 0, 0, 0x10, 0, 0, 0],
      zeros(16),
      SAMR,
      zeros(16),
      le32(0),
      le32(1),
      le32(0),
      le16(5),
      zeros(4),
      le16(8),
      le16(fragment),
      zeros(2),
      zeros(8),
    );

  it('without connection name interface and operation in each message; fragments do not repeat it', () => {
    const { meta, wire } = inspect(udp(135), (f) =>
      f.client(message(0, 0)).client(message(0, 1)).server(message(3, 0)),
    );
    expect(meta).toMatchObject({
      service: 'dce_rpc',
      facts: { 'dcerpc.interface': 'samr', 'dcerpc.operation': 'samr 5 (SamrLookupDomainInSamServer)' },
    });
    expect(wire.of('dcerpc').map((m) => [m.what, m.interface, m.operation, m.size, m.transport])).toEqual([
      ['call', '12345778-1234-abcd-ef00-0123456789ac', 5, 8, 'udp'],
      ['fault', '', -1, 0, 'udp'],
    ]);
  });
});

describe('NTLM', () => {
  it('challenges name the server, its domain and its version', () => {
    const pair = (kind: number, name: string): Uint8Array => join(le16(kind), le16(name.length * 2), utf16(name));
    const info = join(pair(2, 'CORP'), pair(1, 'DC1'), pair(4, 'corp.example'), pair(3, 'dc1.corp.example'), le32(0));
    const target = utf16('CORP');
    const challenge = join(
      bytes('NTLMSSP\0'),
      le32(2),
      le16(8),
      le16(8),
      le32(56),
      le32(0x02800001),
      zeros(16),
      le16(info.length),
      le16(info.length),
      le32(56 + 8),
      [10, 0],
      le16(17763),
      [0, 0, 0, 15],
      target,
      info,
    );
    const setup = join(
      [0xfe],
      bytes('SMB'),
      le16(64),
      le16(0),
      le32(0xc0000016),
      le16(1),
      le16(1),
      le32(1),
      le32(0),
      le32(1),
      zeros(36),
      le16(9),
      le16(0),
      le16(72),
      le16(challenge.length),
      challenge,
    );
    expect(inspect(tcp(445), (f) => f.server(nbss(setup))).meta?.facts).toMatchObject({
      'ntlm.target': 'CORP',
      'ntlm.server': 'DC1',
      'ntlm.server.dns': 'dc1.corp.example',
      'ntlm.domain': 'CORP',
      'ntlm.domain.dns': 'corp.example',
      'ntlm.version': '10.0.17763',
    });
  });
});

describe('SMB', () => {
  const head = (command: number, response: boolean, id: number): Uint8Array =>
    join(
      [0xfe],
      bytes('SMB'),
      le16(64),
      le16(0),
      le32(0),
      le16(command),
      le16(1),
      le32(response ? 1 : 0),
      le32(0),
      le32(id),
      zeros(36),
    );
  const create = join(head(5, false, 1), le16(57), zeros(42), le16(120), le16(12), zeros(8), utf16('plan.x'));
  const created = join(head(5, true, 1), le16(89), zeros(62), le32(77), zeros(20));
  const setInfo = (kind: number, content: Uint8Array): Uint8Array =>
    join(
      head(17, false, 2),
      le16(33),
      [1, kind],
      le32(content.length),
      le16(96),
      le16(0),
      le32(0),
      le32(77),
      zeros(12),
      content,
    );

  it('tells every share and file of a connection, not only the first', () => {
    const opened = (id: number, name: string): Uint8Array =>
      join(head(5, false, id), le16(57), zeros(42), le16(120), le16(name.length * 2), zeros(8), utf16(name));
    const answered = (id: number): Uint8Array => join(head(5, true, id), le16(89), zeros(86));
    const connected = (id: number, share: string): Uint8Array =>
      join(head(3, false, id), le16(9), le16(0), le16(72), le16(share.length * 2), utf16(share));
    const joined = (id: number): Uint8Array => join(head(3, true, id), le16(16), zeros(14));
    const { meta } = inspect(tcp(445), (f) =>
      f
        .client(nbss(connected(1, '\\\\S\\IPC$')))
        .server(nbss(joined(1)))
        .client(nbss(connected(2, '\\\\S\\data')))
        .server(nbss(joined(2)))
        .client(nbss(opened(3, 'svcctl')))
        .server(nbss(answered(3)))
        .client(nbss(opened(4, 'plan.x')))
        .server(nbss(answered(4)))
        .client(nbss(opened(5, 'svcctl')))
        .server(nbss(answered(5))),
    );
    expect(meta?.facts).toEqual({
      'smb.tree-connect': '\\\\S\\IPC$ | \\\\S\\data',
      'smb.create': 'svcctl | plan.x',
    });
  });

  it('reports files that get another name or are deleted', () => {
    const name = utf16('plan.locked');
    const { wire } = inspect(tcp(445), (f) =>
      f
        .client(nbss(create))
        .server(nbss(created))
        .client(nbss(setInfo(10, join(zeros(16), le32(name.length), name))))
        .client(nbss(setInfo(13, join([1])))),
    );
    expect(wire.of('smb').map((m) => [m.command, m.path])).toEqual([
      ['create', 'plan.x'],
      ['rename', 'plan.locked'],
      ['delete', 'plan.x'],
    ]);
  });
});

describe('LDAP', () => {
  const operation = (tag: number, ...content: Uint8Array[]): Uint8Array => ber(0x30, ber(2, [1]), ber(tag, ...content));

  it('names what is changed, added and deleted', () => {
    const { wire } = inspect(tcp(389), (f) =>
      f
        .client(operation(0x66, ber(4, bytes('cn=a,dc=x')), ber(0x30, zeros(0))))
        .client(operation(0x68, ber(4, bytes('cn=b,dc=x')), ber(0x30, zeros(0))))
        .client(operation(0x4a, bytes('cn=c,dc=x'))),
    );
    expect(wire.of('ldap').map((m) => [m.operation, m.name])).toEqual([
      ['modify', 'cn=a,dc=x'],
      ['add', 'cn=b,dc=x'],
      ['delete', 'cn=c,dc=x'],
    ]);
  });
});

describe('RDP', () => {
  const tpkt = (payload: Uint8Array): Uint8Array => join([3, 0], be16(payload.length + 4), payload);
  const request = (offered: number): Uint8Array => tpkt(join([14, 0xe0, 0, 0, 0, 0, 0], [1, 0, 8, 0], le32(offered)));
  const confirm = (kind: number, value: number): Uint8Array =>
    tpkt(join([14, 0xd0, 0, 0, 0, 0, 0], [kind, 0, 8, 0], le32(value)));

  it('says what security was offered and why it was refused', () => {
    const { meta } = inspect(tcp(3389), (f) => f.client(request(11)).server(confirm(3, 5)));
    expect(meta?.facts).toMatchObject({
      'rdp.offered': 'rdp, tls, credssp, credssp-ex',
      'rdp.refused': 'CredSSP required',
    });
  });

  it("reads the client's name and build where nothing is encrypted", () => {
    const core = join(
      hexBytes('01c0'),
      le16(216),
      le32(0x00080004),
      zeros(12),
      le32(2600),
      utf16('WS-17'),
      zeros(22),
      zeros(160),
    );
    const { meta } = inspect(tcp(3389), (f) =>
      f
        .client(request(0))
        .server(confirm(2, 0))
        .client(tpkt(join([2, 0xf0, 0x80, 0x7f, 0x65, 0x82, 1, 0], zeros(40), core))),
    );
    expect(meta?.facts).toMatchObject({ 'rdp.security': 'rdp', 'rdp.client': 'WS-17', 'rdp.build': '2600' });
  });
});

describe('STUN', () => {
  const stun = (...attributes: Uint8Array[]): Uint8Array => {
    const body = join(...attributes);
    return join(be16(0x0101), be16(body.length), be32(0x2112a442), zeros(12), body);
  };
  const attribute = (kind: number, value: Uint8Array): Uint8Array =>
    join(be16(kind), be16(value.length), value, zeros((4 - (value.length & 3)) & 3));

  it('tells software, realm, the address that the server sees, and whose call it is', () => {
    const mapped = join([0, 1], be16(40000 ^ 0x2112), be32((0xcb007105 ^ 0x2112a442) >>> 0));
    const { meta } = inspect(udp(3478), (f) =>
      f.server(
        stun(
          attribute(0x8022, bytes('turn/4')),
          attribute(0x0014, bytes('example.org')),
          attribute(0x0020, mapped),
          attribute(0x8070, Uint8Array.from(be32(6))),
        ),
      ),
    );
    expect(meta).toMatchObject({
      app: 'STUN',
      facts: {
        'stun.software': 'turn/4',
        'stun.realm': 'example.org',
        'stun.mapped': '203.0.113.5:40000',
        service: 'Skype_TeamsCall',
      },
    });
  });
});
