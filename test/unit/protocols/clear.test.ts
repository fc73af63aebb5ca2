/** Passwords that cross the wire in the clear are told of once a flow and protocol, where no login message does. */
import { describe, expect, it } from 'vitest';
import { PROTO } from '../../../src-main/meter/packets/types.ts';
import { ber, mysql } from './talk.ts';
import { be16, be32, bytes, hexBytes, inspect, join, le32, type FlowOptions, type TestFlow } from './wire.ts';

function told(options: FlowOptions, talk: (flow: TestFlow) => void): { clear: [string, string][]; fact: unknown } {
  const { wire, meta } = inspect(options, talk);
  return { clear: wire.of('clear').map((m) => [m.protocol, m.user]), fact: meta?.facts['clear'] };
}

/** The server and the client speak in turn; '' is said by nobody. */
function turns(flow: TestFlow, said: readonly (string | Uint8Array)[]): void {
  for (const [i, words] of said.entries()) {
    if (words === '') continue;
    if (i % 2 === 0) flow.server(words);
    else flow.client(words);
  }
}

const post = (body: string): string =>
  `POST /login HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('a password in the clear', () => {
  it('is told once a flow, however often it is sent', () => {
    const login = '*3\r\n$4\r\nAUTH\r\n$4\r\nanna\r\n$6\r\nsecret\r\n';
    expect(told({ respPort: 6379 }, (flow) => void flow.client(login).server('+OK\r\n').client(login)).clear).toEqual([
      ['redis', 'anna'],
    ]);
  });

  const PLAIN = Buffer.from('\0anna\0secret').toString('base64');
  const greeting = mysql(0, join([10], bytes('8.0.31\0'), new Uint8Array(40)));
  const answer = (proof: string, way: string): Uint8Array =>
    mysql(
      1,
      join(le32(0x0008_8200), new Uint8Array(28), bytes('anna\0'), [proof.length], bytes(proof), bytes(`${way}\0`)),
    );
  const kafka = (key: number, version: number, ...body: (Uint8Array | number[])[]): Uint8Array => {
    const rest = join(be16(key), be16(version), be32(1), be16(3), bytes('app'), ...body);
    return join(be32(rest.length), rest);
  };

  it.each<[string, string, number, ...(string | Uint8Array)[]]>([
    ['MySQL, at once', 'mysql', 3306, greeting, answer('secret\0', 'mysql_clear_password')],
    ['IRC, of a nick', 'irc', 6667, '', 'NICK anna\r\nUSER a 0 * :A\r\n', '', 'PRIVMSG NickServ :IDENTIFY secret\r\n'],
    ['IRC, of an account', 'irc', 6667, '', 'NICK a\r\nUSER a 0 * :A\r\n', '', 'NS identify anna secret\r\n'],
    ['IRC, of an operator', 'irc', 6667, '', 'NICK a\r\nUSER a 0 * :A\r\n', '', 'OPER anna secret\r\n'],
    [
      'IRC, by SASL',
      'irc',
      6667,
      '',
      'CAP REQ :sasl\r\n',
      '',
      'AUTHENTICATE PLAIN\r\n',
      'AUTHENTICATE +\r\n',
      `AUTHENTICATE ${PLAIN}\r\n`,
    ],
    [
      'XMPP, as before',
      'xmpp',
      5222,
      '',
      "<stream:stream xmlns='jabber:client'>",
      '',
      "<iq type='set'><query xmlns='jabber:iq:auth'><username>anna</username><password>secret</password></query></iq>",
    ],
    [
      'Kafka, in short lengths',
      'kafka',
      9092,
      '',
      kafka(17, 1, be16(5), bytes('PLAIN')),
      '',
      kafka(36, 2, [0, 13], bytes('\0anna\0secret')),
    ],
    [
      'Kafka, without a request',
      'kafka',
      9092,
      '',
      kafka(17, 0, be16(5), bytes('PLAIN')),
      '',
      join(be32(12), bytes('\0anna\0secret')),
    ],
    ['RTSP, by its target', 'rtsp', 554, '', 'OPTIONS rtsp://anna:secret@cam/1 RTSP/1.0\r\n\r\n'],
    [
      'RTSP, by a header',
      'rtsp',
      554,
      '',
      `OPTIONS rtsp://cam/1 RTSP/1.0\r\nAuthorization: Basic ${Buffer.from('anna:secret').toString('base64')}\r\n\r\n`,
    ],
    [
      'Redis, in its greeting',
      'redis',
      6379,
      '',
      '*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$4\r\nanna\r\n$6\r\nsecret\r\n',
    ],
    ['Redis, typed', 'redis', 6379, '', 'HELLO 3 AUTH anna secret\r\n'],
  ])('has its account: %s', (_name, protocol, respPort, ...said) => {
    expect(told({ respPort }, (flow) => turns(flow, said))).toEqual({
      clear: [[protocol, 'anna']],
      fact: 'password of anna',
    });
  });

  it('is a login of LDAP by SASL, too', () => {
    const bind = ber(
      0x30,
      Uint8Array.from([2, 1, 1]),
      ber(0x60, Uint8Array.from([2, 1, 3, 4, 0]), ber(0xa3, ber(4, bytes('PLAIN')), ber(4, bytes('\0anna\0secret')))),
    );
    const { wire, meta } = inspect({ respPort: 389 }, (flow) => void flow.client(bind));
    expect(wire.of('login').map(({ outcome, user, cleartext }) => [outcome, user, cleartext])).toEqual([
      ['attempt', 'anna', true],
    ]);
    expect(meta?.facts['clear']).toBe('password of anna');
  });

  it.each<[string, number, ...(string | Uint8Array)[]]>([
    ['MySQL, an empty one', 3306, greeting, answer('\0', 'mysql_clear_password')],
    ['MySQL, proved', 3306, greeting, answer('0123456789abcdefghij', 'mysql_native_password')],
    [
      'IRC, proved',
      6667,
      '',
      'CAP REQ :sasl\r\n',
      '',
      'AUTHENTICATE SCRAM-SHA-256\r\n',
      '',
      `AUTHENTICATE ${PLAIN}\r\n`,
    ],
    [
      'Kafka, proved',
      9092,
      '',
      kafka(17, 1, be16(13), bytes('SCRAM-SHA-256')),
      '',
      kafka(36, 0, be32(12), bytes('\0anna\0secret')),
    ],
    [
      'XMPP, proved',
      5222,
      '',
      "<stream:stream xmlns='jabber:client'>",
      '',
      "<iq><query xmlns='jabber:iq:auth'><username>anna</username><digest>48fc</digest></query></iq>",
    ],
    ['rexec, an empty one', 512, '', '0\0anna\0\0id\0'],
  ])('is none: %s', (_name, respPort, ...said) => {
    expect(told({ respPort }, (flow) => turns(flow, said))).toEqual({ clear: [], fact: undefined });
  });

  it('is not told twice where a login message tells of it', () => {
    const pop = (flow: TestFlow): void =>
      void flow
        .server('+OK ready\r\n')
        .client('USER anna\r\n')
        .server('+OK\r\n')
        .client('PASS secret\r\n')
        .server('+OK in\r\n');
    expect(told({ respPort: 110 }, pop)).toEqual({ clear: [], fact: 'password of anna' });
  });

  it('is not a community of SNMP', () => {
    const get = hexBytes(
      '30260201010406707562 6c6963a019020401020304020100020100300b300906052b060102010500'.replaceAll(' ', ''),
    );
    const { clear, fact } = told({ respPort: 161, proto: PROTO.UDP }, (flow) => void flow.client(get));
    expect([clear, fact]).toEqual([[], 'community']);
  });

  it('is one of a form that logs in, of the account that a field names', () => {
    const form = (body: string) => told({ respPort: 80 }, (flow) => void flow.client(post(body)));
    expect(form('username=anna%40a.example&password=secret')).toEqual({
      clear: [['http-form', 'anna@a.example']],
      fact: 'password of anna@a.example',
    });
    expect(form('{"password": "secret"}')).toEqual({ clear: [['http-form', '']], fact: 'password' });
    expect(form('user=anna;password=secret').clear).toEqual([['http-form', 'anna']]);
    expect(form('user: anna\r\npassword: secret').clear).toEqual([['http-form', 'anna']]);
    expect(form('username=anna&password=').clear).toEqual([]);
    expect(form('q=passwords+of+the+world').clear).toEqual([]);
  });

  it.each([
    ['log=anna&pwd=secret', 'anna'],
    ['j_username=anna&j_password=secret', 'anna'],
    ['user%5Blogin%5D=anna&user%5Bpassword%5D=secret', 'anna'],
    ['user[email]=anna&user[password]=secret', 'anna'],
    ['benutzer=anna&passwort=secret', 'anna'],
    ['username=anna&kennwort=secret', 'anna'],
    ['login=anna&pw=secret', 'anna'],
    ['{"userPass": "secret", "name": "anna"}', 'anna'],
    ['pin=4711', ''],
  ])('is one under any name that its address would hide: %s', (body, user) => {
    expect(told({ respPort: 80 }, (flow) => void flow.client(post(body)))).toEqual({
      clear: [['http-form', user]],
      fact: user === '' ? 'password' : `password of ${user}`,
    });
  });

  it.each([
    'forgot_password=1',
    'csrf_token=a1b2c3d4e5',
    'spin=1&compass=north',
    '{"password": null, "name": "anna"}',
    '{"password":{"required":true}}',
    'p=2&u=5',
    'pin=13&state=1',
    'p=article',
  ])('is none: %s', (body) => {
    expect(told({ respPort: 80 }, (flow) => void flow.client(post(body)))).toEqual({ clear: [], fact: undefined });
  });

  it.each([
    ['/login?user=anna&password=secret', 'anna'],
    ['/login?pass%77ord=secret&user=anna', 'anna'],
    ['/query?u=anna&p=secret&q=SHOW+USERS', 'anna'],
    ['/index.html?pw=secret', ''],
    ['http://anna:secret@files.example/x', 'anna'],
  ])('is one in an address: %s', (uri, user) => {
    const get = `GET ${uri} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
    expect(told({ respPort: 80 }, (flow) => void flow.client(get).client(get))).toEqual({
      clear: [['http', user]],
      fact: user === '' ? 'password' : `password of ${user}`,
    });
  });

  it.each(['/a?b=c@d', 'http://host:8080/a@b', '/?token=a1b2c3', '/?next=/password'])('is none in %s', (uri) => {
    const get = `GET ${uri} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
    expect(told({ respPort: 80 }, (flow) => void flow.client(get)).clear).toEqual([]);
  });
});
