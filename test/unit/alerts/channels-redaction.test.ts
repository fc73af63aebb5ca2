import { describe, expect, it } from 'vitest';
import { saidBy } from '../../../src-main/keep/alerts/http/words.ts';
import { redacted, WITHHELD } from '../../../src-main/keep/alerts/redact.ts';

const SECRET = 'tok/en+A&b<9=zq';
const BASIC = `Basic ${Buffer.from('ann:hunter2-long').toString('base64')}`;
const units = (text: string): string[] => Array.from(text, (c) => c.charCodeAt(0).toString(16).padStart(4, '0'));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const json = (text: string): string => JSON.stringify(text).replaceAll('/', '\\/');

const WAYS: [string, (secret: string) => string][] = [
  ['JSON with \\/', (secret) => json(secret).slice(1, -1)],
  [
    'JSON with \\uXXXX',
    (secret) =>
      units(secret)
        .map((code) => `\\u${code}`)
        .join(''),
  ],
  ['JSON with some \\uXXXX', (secret) => secret.replace(/[&<+/]/g, (c) => `\\u${units(c)[0]?.toUpperCase()}`)],
  ['JSON in JSON', (secret) => json(json(secret))],
  ['an address, lower case', (secret) => encodeURIComponent(secret).replace(/%../g, (all) => all.toLowerCase())],
  ['an address twice', (secret) => encodeURIComponent(encodeURIComponent(secret))],
  [
    'an address, every character',
    (secret) =>
      units(secret)
        .map((code) => `%${code.slice(2)}`)
        .join(''),
  ],
  ['HTML', (secret) => secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('/', '&#x2F;')],
  ['HTML, decimal', (secret) => secret.replace(/\W/g, (c) => `&#${c.charCodeAt(0)};`)],
  ['HTML of JSON', (secret) => json(`"${secret}"`).replaceAll('"', '&quot;').replaceAll('&b', '&amp;b')],
  ['Base64 within more', (secret) => base64(`ann ${secret} and`)],
  ['Base64 of Base64', (secret) => base64(base64(secret))],
  ['Base64 in an address', (secret) => encodeURIComponent(base64(`x${secret}`))],
  ['hexadecimal', (secret) => Buffer.from(secret).toString('hex')],
];

/** Every piece of the secret as it was sent, or of what it became. */
function shows(said: string, written: string): boolean {
  return said.includes(written) || said.includes(written.slice(0, 12)) || said.includes(written.slice(-10));
}

describe('answers that repeat a secret', () => {
  it.each(WAYS)('lose it in %s', (_name, write) => {
    const written = write(SECRET);
    for (const words of [`refused: ${written} is unknown`, `{"auth":"${written}"}`, `${'x '.repeat(240)}${written}`]) {
      for (const said of [saidBy(words, [SECRET]), redacted(words, [SECRET])]) {
        expect(shows(said, written)).toBe(false);
        expect(said).not.toContain(SECRET);
      }
    }
    expect(saidBy(`refused: ${written} is unknown`, [SECRET])).toBe('refused: [secret] is unknown');
  });

  it('lose what a Basic header says', () => {
    expect(saidBy('login failed for ann:hunter2-long today', [BASIC])).toBe('login failed for [secret] today');
    expect(saidBy('no hunter2-long', [BASIC])).toBe('no [secret]');
    expect(saidBy(`no hunter2-long`, [`Authorization: ${BASIC}`])).toBe('no [secret]');
    expect(saidBy(`got ${BASIC.slice(6)}`, [BASIC])).toBe('got [secret]');
  });

  it('lose what a mail server was told', () => {
    const [plain, login] = [base64('\0ann\0hunter2'), base64('hunter2')];
    expect(saidBy(`501 cannot decode: AUTH PLAIN ${plain}`, ['hunter2'])).toBe(
      '501 cannot decode: AUTH PLAIN [secret]',
    );
    expect(saidBy(`501 what is ${login}?`, ['hunter2'])).toBe('501 what is [secret]?');
  });

  it('are not shown at all where it is spread over several words', () => {
    const broken = base64(`ann ${SECRET} and more`).replace(/(.{10})/g, '$1\r\n');
    expect(saidBy(`got ${broken}`, [SECRET])).toBe(WITHHELD);
    expect(redacted(`got ${broken}`, [SECRET])).toBe(WITHHELD);
    expect(saidBy('no two\\u0020words here', ['two words'])).toBe('no [secret] here');
    expect(saidBy('no two&nbsp; words', ['two  words'])).toBe(WITHHELD);
  });

  it('may hold one that is in our own words', () => {
    const secrets = ['p/w secret', 'secret'];
    expect(saidBy('p%2fw%20secret and p/w secret', secrets)).toBe('[secret] and [secret]');
    expect(redacted('403 [secret] of secret', secrets)).toBe('403 [secret] of [secret]');
  });

  it('are left as they are where they hold none', () => {
    const words = '{"error":"invalid_payload","id":"aGVsbG8gd29ybGQ=","at":"2026\\/03","p":"50%25 &amp; more"}';
    expect(saidBy(words, [SECRET, BASIC])).toBe(words);
    expect(redacted(words, [SECRET, BASIC])).toBe(words);
    expect(saidBy(words, [])).toBe(words);
  });

  it('are looked through in bounded time', () => {
    const began = performance.now();
    const hostile = ['\\u0025', '&#38;#38;', 'QUFB', '%2541+', '4141'].map((part) => part.repeat(11_000));
    for (const words of hostile) expect(saidBy(words, ['x'.repeat(2000)]).length).toBeLessThanOrEqual(500);
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});
