/** Logins of mail: every way in which a client may send its account and its password as they are. */
import { describe, expect, it } from 'vitest';
import { inspect, tcp } from './wire.ts';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const PLAIN = base64('\0anna\0hunter2');
const USER = base64('anna');
const SECRET = base64('hunter2');

/** Lines of the client begin with ">", those of the server with "<". */
function logins(port: number, lines: readonly string[]): { told: unknown; clear: unknown; all: string } {
  const { meta, wire } = inspect(tcp(port), (flow) => {
    for (const line of lines)
      if (line.startsWith('>')) flow.client(`${line.slice(1)}\r\n`);
      else flow.server(`${line.slice(1)}\r\n`);
  });
  return {
    told: wire.of('login').map(({ outcome, user, cleartext }) => [outcome, user, cleartext]),
    clear: meta?.facts['clear'],
    all: JSON.stringify([meta, wire.messages]),
  };
}

const IN = [
  ['attempt', 'anna', true],
  ['succeeded', 'anna', false],
];

describe('a password of mail in the clear', () => {
  it.each<[string, number, ...string[]]>([
    ['IMAP, at once', 143, '<* OK hi', `>a AUTHENTICATE PLAIN ${PLAIN}`, '<a OK in'],
    ['IMAP, when asked', 143, '<* OK hi', '>a AUTHENTICATE PLAIN', '<+ ', `>${PLAIN}`, '<a OK in'],
    [
      'IMAP, asked twice',
      143,
      '<* OK hi',
      '>a authenticate login',
      '<+ VQ==',
      `>${USER}`,
      '<+ UA==',
      `>${SECRET}`,
      '<a OK in',
    ],
    ['IMAP, two literals', 143, '<* OK hi', '>a LOGIN {4+}', '>anna {7+}', '>hunter2', '<a OK in'],
    [
      'IMAP, literals that wait',
      143,
      '<* OK hi',
      '>a LOGIN {4}',
      '<+ go',
      '>anna {7}',
      '<+ go',
      '>hunter2',
      '<a OK in',
    ],
    ['IMAP, a literal as account', 143, '<* OK hi', '>a LOGIN {4}', '<+ go', '>anna "hunter2"', '<a OK in'],
    ['IMAP, a literal as password', 143, '<* OK hi', '>a LOGIN anna {15}', '<+ go', '>b OK hunter2 {4}', '<a OK in'],
    ['POP3, at once', 110, '<+OK hi', `>AUTH PLAIN ${PLAIN}`, '<+OK in'],
    ['POP3, when asked', 110, '<+OK hi', '>AUTH', '<+OK', '<PLAIN', '<.', '>AUTH PLAIN', '<+ ', `>${PLAIN}`, '<+OK in'],
    ['POP3, asked twice', 110, '<+OK hi', '>AUTH LOGIN', '<+ VQ==', `>${USER}`, '<+ UA==', `>${SECRET}`, '<+OK in'],
    ['SMTP, when asked', 25, '<220 SMTP', '>EHLO a', '<250 AUTH', '>AUTH PLAIN', '<334 ', `>${PLAIN}`, '<235 in'],
    [
      'SMTP, the account at once',
      25,
      '<220 SMTP',
      '>EHLO a',
      '<250 AUTH',
      `>AUTH LOGIN ${USER}`,
      '<334 UA==',
      `>${SECRET}`,
      '<235 in',
    ],
  ])('names its account: %s', (_name, port, ...lines) => {
    const { told, clear, all } = logins(port, lines);
    expect([told, clear]).toEqual([IN, 'password of anna']);
    expect(all).not.toMatch(/hunter|aHVudGVy/);
  });

  it('is none where the client gives up, or the way is refused', () => {
    const given = ['<* OK hi', '>a AUTHENTICATE PLAIN', '<+ ', '>*', '<a BAD no', '>b NOOP', '<b OK'];
    expect(logins(143, given)).toMatchObject({ told: [['failed', '', false]], clear: undefined });
    const refused = ['<+OK hi', '>AUTH PLAIN', '<-ERR no', '>USER anna', '<+OK', '>PASS hunter2', '<+OK in'];
    expect(logins(110, refused)).toMatchObject({ told: [['failed', '', false], ...IN], clear: 'password of anna' });
  });

  it('is none where it is only proved', () => {
    expect(logins(143, ['<* OK hi', '>a AUTHENTICATE CRAM-MD5', '<+ PDE=', `>${SECRET}`, '<a OK in'])).toMatchObject({
      told: [
        ['attempt', '', false],
        ['succeeded', '', false],
      ],
      clear: undefined,
    });
  });

  it('has no account where the length of its literal does not fit', () => {
    expect(logins(143, ['<* OK hi', '>a LOGIN {99}', '>anna hunter2', '<a NO no'])).toMatchObject({
      told: [
        ['attempt', '', true],
        ['failed', '', false],
      ],
      clear: 'password',
    });
  });
});

describe('what is sent for an account of whoever comes', () => {
  it.each(['anonymous', 'ftp', 'Guest'])('is no secret: %s', (user) => {
    const { told, clear } = logins(21, ['<220 hi', `>USER ${user}`, '<331 mail?', '>PASS me@x.example', '<230 in']);
    expect([told, clear]).toEqual([
      [
        ['attempt', user, false],
        ['succeeded', user, false],
      ],
      undefined,
    ]);
  });
});
