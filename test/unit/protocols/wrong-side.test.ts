/** What the client says is no answer, and what it asks for is not granted by asking: neither ends the reading of logins. */
import { describe, expect, it } from 'vitest';
import { inspect, tcp, type TestFlow } from './wire.ts';

type Script = (flow: TestFlow) => unknown;

const TRY: Readonly<Record<string, Script>> = {
  ftp: (f) => f.client('PASS b\r\n').server('530 no\r\n'),
  pop3: (f) => f.client('PASS b\r\n').server('-ERR no\r\n'),
  imap: (f) => f.client('t1 LOGIN a b\r\n').server('t1 NO no\r\n'),
  smtp: (f) => f.client('AUTH PLAIN AGEAYg==\r\n').server('535 no\r\n'),
};
const BEGIN: Readonly<Record<string, Script>> = {
  ftp: (f) => f.server('220 ftp\r\n').client('USER a\r\n').server('331 go on\r\n'),
  pop3: (f) => f.server('+OK pop\r\n').client('USER a\r\n').server('+OK\r\n'),
  imap: (f) => f.server('* OK imap\r\n'),
  smtp: (f) => f.server('220 mail ESMTP\r\n').client('EHLO c\r\n').server('250 AUTH PLAIN\r\n'),
};
const PORT: Readonly<Record<string, number>> = { ftp: 21, pop3: 110, imap: 143, smtp: 25 };

function outcomes(protocol: string, first: Script): string[] {
  const { wire } = inspect(tcp(PORT[protocol]!), (f) => {
    BEGIN[protocol]!(f);
    first(f);
    for (let i = 0; i < 3; i++) TRY[protocol]!(f);
  });
  return wire.of('login').flatMap(({ outcome }) => (outcome === 'attempt' ? [] : [outcome]));
}

describe('a client that guesses passwords', () => {
  it.each([
    ['ftp', 'PASS x\r\n230 welcome\r\n', '530 no\r\n'],
    ['pop3', 'PASS x\r\n+OK welcome\r\n', '-ERR no\r\n'],
    ['imap', 'a1 LOGIN a x\r\na1 OK welcome\r\n', 'a1 NO no\r\n'],
    ['smtp', 'AUTH PLAIN AGEAeA==\r\n235 welcome\r\n', '535 no\r\n'],
  ])('over %s cannot answer itself', (protocol, said, answer) => {
    expect(outcomes(protocol, (f) => f.client(said).server(answer))).toEqual(['failed', 'failed', 'failed', 'failed']);
  });

  it.each([
    ['pop3', 'RETR 1\r\n', '-ERR not yet\r\n'],
    ['imap', 'a0 SELECT INBOX\r\n', 'a0 BAD not yet\r\n'],
    ['imap', 'a0 FETCH 1 BODY[]\r\n', 'a0 BAD not yet\r\n'],
    ['smtp', 'BDAT 0\r\n', '503 not yet\r\n'],
    ['smtp', 'DATA\r\n354 go on\r\n', '503 not yet\r\n'],
    ['smtp', 'STARTTLS x\r\n220 ready\r\n', '501 no\r\n'],
  ])('over %s does not end the reading by what is refused: %j', (protocol, said, answer) => {
    expect(outcomes(protocol, (f) => f.client(said).server(answer))).toEqual(['failed', 'failed', 'failed']);
  });

  it.each([' PASS b', '\xff\xf2PASS b', 'PASS\tb', 'pass b'])(
    'over FTP is read with what servers pass over: %j',
    (command) => {
      const { wire } = inspect(tcp(21), (f) => {
        BEGIN['ftp']!(f);
        f.client(`${command}\r\n`).server('530 no\r\n');
      });
      expect(wire.of('login').map(({ outcome, user }) => [outcome, user])).toEqual([
        ['attempt', 'a'],
        ['failed', 'a'],
      ]);
    },
  );

  it('over HTTP cannot answer itself, nor switch to another protocol by itself', () => {
    const asked = 'GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YTpi\r\n\r\n';
    for (const said of ['HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 101 Switching\r\n\r\n']) {
      const { wire } = inspect(tcp(80), (f) => {
        for (let i = 0; i < 3; i++) f.client(asked + said).server('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n');
      });
      const ends = wire.of('login').flatMap(({ outcome }) => (outcome === 'attempt' ? [] : [outcome]));
      expect(ends).toEqual(['failed', 'failed', 'failed']);
    }
  });

  it('is read where the server was the first to be seen, and the connection runs the other way', () => {
    const { wire } = inspect({ ...tcp(40000, 110), syn: false }, (f) =>
      f.client('+OK pop\r\n').server('USER a\r\n').client('+OK\r\n').server('PASS b\r\n').client('-ERR no\r\n'),
    );
    expect(wire.of('login').map(({ outcome }) => outcome)).toEqual(['attempt', 'failed']);
  });
});
