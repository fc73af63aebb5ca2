import { describe, expect, it } from 'vitest';
import { Expected } from '../../../src-main/meter/protocols/expected.ts';
import { be16, be24, bytes, inspect, join, tcp, Wire } from './wire.ts';

const HELLO_BODY = join(be16(0x0303), new Uint8Array(32), [0], be16(2), be16(0xc02f), [1, 0], be16(0));
const TLS_HELLO = join([22], be16(0x0301), be16(HELLO_BODY.length + 4), [1], be24(HELLO_BODY.length), HELLO_BODY);

describe('FTP', () => {
  it('reports logins and their outcome, and drops the secret', () => {
    const { meta, wire } = inspect(tcp(21), (f) => {
      f.server('220 ready\r\n')
        .client('USER anna\r\n')
        .server('331 word?\r\n')
        .client('PASS hunter2\r\n')
        .server('530 no\r\n');
      f.client('USER anna\r\n').server('331 word?\r\n').client('PASS hunter3\r\n').server('230 in\r\n');
    });
    expect(meta).toMatchObject({ service: 'ftp', app: 'FTP_CONTROL' });
    expect(wire.of('login').map((m) => [m.outcome, m.user, m.cleartext, m.code])).toEqual([
      ['attempt', 'anna', true, 0],
      ['failed', 'anna', false, 530],
      ['attempt', 'anna', true, 0],
      ['succeeded', 'anna', false, 230],
    ]);
    expect(JSON.stringify([meta, wire.messages])).not.toContain('hunter');
  });

  it.each([
    ['PASV', '227 Entering Passive Mode (10,0,0,2,195,80)\r\n', true],
    ['EPSV', '229 Extended (|||50000|)\r\n', true],
    ['PORT 10,0,0,1,195,80', '200 ok\r\n', false],
    ['EPRT |1|10.0.0.1|50000|', '200 ok\r\n', false],
  ])('names the data connection that %s announces', (command, answer, passive) => {
    const wire = new Wire();
    const control = wire.flow(tcp(21));
    control.server('220 FTP\r\n').client(`${command}\r\n`).server(answer);
    wire.run();
    const data = passive
      ? wire.flow({ respPort: 50000 })
      : wire.flow({ respPort: 50000, origPort: 20, orig: 2, resp: 1 });
    data.server('payload');
    wire.run();
    expect(wire.finish(data)).toMatchObject({ service: 'ftp-data', app: 'FTP_DATA' });
  });

  it.each([
    ['a port of a known service', '227 Entering Passive Mode (10,0,0,2,0,80)\r\n', { respPort: 80 }],
    [
      'a port of a private host that is no end of it',
      '227 Entering Passive Mode (10,0,0,9,195,80)\r\n',
      { resp: 9, respPort: 50000 },
    ],
  ])('does not let a server exempt %s from inspection', (_, answer, connection) => {
    const wire = new Wire();
    const control = wire.flow(tcp(21));
    control.server('220 FTP\r\n').client('PASV\r\n').server(answer);
    wire.run();
    const other = wire.flow(connection);
    other.client('GET /index.html HTTP/1.1\r\nHost: a.example\r\n\r\n');
    wire.run();
    expect(wire.finish(other)).toMatchObject({ service: 'http' });
  });

  it('reports a PORT command for a third host', () => {
    const { wire } = inspect(tcp(21), (f) => f.server('220 FTP\r\n').client('PORT 192,0,2,9,0,22\r\n'));
    expect(wire.of('weird')).toMatchObject([{ name: 'ftp-bounce', detail: '192.0.2.9:22' }]);
  });

  it('follows AUTH TLS', () => {
    const { meta } = inspect(tcp(21), (f) =>
      f.server('220 x\r\n').client('AUTH TLS\r\n').server('234 go\r\n').client(TLS_HELLO),
    );
    expect(meta).toMatchObject({ service: 'ftp,ssl', app: 'FTP_CONTROL' });
  });
});

describe('SMTP', () => {
  it('is told from FTP by its greeting or its client, on any port', () => {
    expect(inspect(tcp(9025), (f) => f.server('220 mx ESMTP\r\n')).meta?.service).toBe('smtp');
    expect(inspect(tcp(9025), (f) => f.server('220 mx ready\r\n').client('EHLO me\r\n')).meta).toMatchObject({
      service: 'smtp',
      facts: { 'smtp.banner': 'mx ready', 'smtp.helo': 'me' },
    });
    expect(
      inspect(tcp(9021), (f) =>
        f.server('220 mx ready\r\n').client('USER a\r\n').server('331 x\r\n').client('SYST\r\n'),
      ).meta?.service,
    ).toBe('ftp');
  });

  it('greets with its first line', () => {
    const { meta } = inspect(tcp(25), (f) => f.server('220-mx ESMTP\r\n220-No spam.\r\n220 Be nice.\r\n'));
    expect(meta?.facts).toEqual({ 'smtp.banner': 'mx ESMTP' });
  });

  it('reports logins, clear ones as such', () => {
    const secret = Buffer.from('\0anna\0hunter2').toString('base64');
    const { meta, wire } = inspect(tcp(25), (f) => {
      f.server('220 mx\r\n')
        .client('EHLO me\r\n')
        .server('250 AUTH\r\n')
        .client(`AUTH PLAIN ${secret}\r\n`)
        .server('535 no\r\n');
      f.client('AUTH LOGIN\r\n')
        .server('334 VXNlcm5hbWU6\r\n')
        .client(`${Buffer.from('bob').toString('base64')}\r\n`);
      f.server('334 UGFzc3dvcmQ6\r\n')
        .client(`${Buffer.from('hunter2').toString('base64')}\r\n`)
        .server('235 ok\r\n');
    });
    expect(wire.of('login').map((m) => [m.outcome, m.user, m.cleartext, m.code])).toEqual([
      ['attempt', 'anna', true, 0],
      ['failed', 'anna', false, 535],
      ['attempt', 'bob', true, 0],
      ['succeeded', 'bob', false, 235],
    ]);
    expect(JSON.stringify([meta, wire.messages])).not.toMatch(/hunter|aHVudGVy/);
  });

  it('follows STARTTLS', () => {
    const { meta } = inspect(tcp(587), (f) => {
      f.server('220 mx ESMTP\r\n').client('EHLO me\r\n').server('250-mx\r\n250 STARTTLS\r\n').client('STARTTLS\r\n');
      f.server('220 go\r\n').client(TLS_HELLO, 11);
    });
    expect(meta).toMatchObject({ service: 'smtp,ssl', app: 'SMTP' });
  });
});

describe('an announced connection', () => {
  const PORT = 'PORT 10,0,0,2,195,80\r\n';
  const announced = (wire: Wire, resp = 2): string | undefined => {
    const data = wire.flow({ orig: 3, resp, respPort: 50000 });
    data.client('payload');
    wire.run();
    return wire.finish(data)?.service;
  };
  const PASSIVE = '227 ok (10,0,0,2,195,80)\r\n';

  it.each([
    ['a segment of a connection whose beginning was not seen', false, 21, '220 FTP\r\n', 'PASV\r\n', PASSIVE],
    ['a server that did not greet', true, 21, '', 'PASV\r\n', PASSIVE],
    ["a client, in the server's words", true, 21, '220 FTP\r\n', PASSIVE, ''],
    ["a server, in the client's words", true, 21, '220 FTP\r\n', 'USER a\r\n', PORT],
    ['a client, of another host', true, 21, '220 FTP\r\n', PORT, ''],
  ])('is not believed to %s', (_name, syn, port, greeting, client, server) => {
    const wire = new Wire();
    wire
      .flow({ ...tcp(port), syn })
      .server(greeting)
      .client(client)
      .server(server);
    wire.run();
    expect(announced(wire)).toBeUndefined();
  });

  it('is one, within a minute', () => {
    const wire = new Wire();
    wire.flow(tcp(21)).server('220 FTP\r\n').client('PASV\r\n').server(PASSIVE);
    wire.run();
    expect([announced(wire), announced(wire)]).toEqual(['ftp-data', undefined]);
    const expected = new Expected();
    const words = Uint32Array.of(0, 0, 0xffff, 1);
    expected.announce(words, 0, 5000, { service: 'a', app: 'A' }, 100);
    expect(expected.take(words, 0, 5000, 161)).toBeUndefined();
    expected.announce(words, 0, 5000, { service: 'a', app: 'A' }, 100);
    expect(expected.take(words, 0, 5000, 160)?.service).toBe('a');
  });

  it('is looked at: what speaks a protocol is that', () => {
    const wire = new Wire();
    wire.flow(tcp(21)).server('220 FTP\r\n').client('PASV\r\n').server(PASSIVE);
    wire.run();
    const web = wire.flow({ orig: 3, resp: 2, respPort: 50000 });
    web.client('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
    wire.run();
    expect(wire.finish(web)?.service).toBe('http');
    expect(wire.of('http')).toHaveLength(1);
  });
});

describe('POP3, IMAP, IRC', () => {
  it('reports POP3 logins', () => {
    const { wire } = inspect(tcp(110), (f) =>
      f.server('+OK hi\r\n').client('USER anna\r\n').server('+OK\r\n').client('PASS x\r\n').server('-ERR\r\n'),
    );
    expect(wire.of('login').map((m) => [m.protocol, m.outcome, m.user, m.cleartext])).toEqual([
      ['pop3', 'attempt', 'anna', true],
      ['pop3', 'failed', 'anna', false],
    ]);
  });

  it('reports IMAP logins and follows STARTTLS', () => {
    const { meta, wire } = inspect(tcp(143), (f) => {
      f.server('* OK ready\r\n')
        .client('a1 LOGIN anna x\r\n')
        .server('a1 NO\r\n')
        .client('a2 STARTTLS\r\n')
        .server('a2 OK\r\n')
        .client(TLS_HELLO);
    });
    expect(meta?.service).toBe('imap,ssl');
    expect(wire.of('login').map((m) => m.outcome)).toEqual(['attempt', 'failed']);
  });

  it('follows STARTTLS of IRC, and names the transfers it announces', () => {
    const tlsInside = inspect(tcp(6667), (f) =>
      f.client('STARTTLS\r\n').server(':irc.example 670 you :go\r\n').client(TLS_HELLO),
    );
    expect(tlsInside.meta?.service).toBe('irc,ssl');
    const wire = new Wire();
    wire
      .flow(tcp(6667))
      .client('NICK a\r\nUSER a 0 * :a\r\n')
      .server(':irc.example 001 a :Welcome\r\n')
      .client('PRIVMSG b :\u0001DCC SEND f.txt 167772161 5005 12\u0001\r\n');
    wire.run();
    const data = wire.flow({ orig: 3, resp: 1, respPort: 5005 });
    data.server('bytes');
    wire.run();
    expect(wire.finish(data)?.service).toBe('irc-dcc-data');
  });

  it('survives a line without end', () => {
    const { meta } = inspect(tcp(25), (f) =>
      f.server(join(bytes('220 mx ESMTP '), new Uint8Array(50_000).fill(0x61)), 1400).client('QUIT\r\n'),
    );
    expect(meta?.service).toBe('smtp');
  });
});
