/** JA4 and JA3 against fingerprints that others have published, of hellos made from the lists that were published with them. */
import { describe, expect, it } from 'vitest';
import { fingerprints, readClientHello } from '../../../src-main/meter/protocols/inspectors/tls-hello.ts';
import { be16, bytes, join } from './wire.ts';

const GREASE = 0x3a3a;
const numbers = (text: string): number[] => text.split(/[,-]/).map((n) => Number(n));
const codes = (text: string): number[] => text.split(',').map((n) => Number.parseInt(n, 16));
const list16 = (values: readonly number[]): Uint8Array => join(be16(values.length * 2), values.flatMap(be16));

interface Published {
  ciphers: readonly number[];
  /** In the order of the hello, without GREASE. */
  extensions: readonly number[];
  groups: readonly number[];
  signatures: readonly number[];
  alpn: readonly string[];
}

/** The content of an extension: what a fingerprint looks into, and nothing in the others. */
function content(type: number, p: Published): Uint8Array {
  if (type === 0) return join(be16(8), [0], be16(5), bytes('a.bcd'));
  if (type === 10) return list16([GREASE, ...p.groups]);
  if (type === 11) return Uint8Array.of(1, 0);
  if (type === 13) return list16(p.signatures);
  if (type === 43) return join([6], be16(GREASE), be16(0x0304), be16(0x0303));
  if (type !== 16) return new Uint8Array(0);
  const names = join(...p.alpn.map((name) => join([name.length], bytes(name))));
  return join(be16(names.length), names);
}

function prints(p: Published, transport: 't' | 'q' = 't'): { ja3: string; ja4: string } {
  const types = [GREASE, ...p.extensions, GREASE];
  const extensions = join(...types.map((type) => join(be16(type), be16(content(type, p).length), content(type, p))));
  const body = join(
    be16(0x0303),
    new Uint8Array(32),
    [0],
    list16([GREASE, ...p.ciphers]),
    [1, 0],
    be16(extensions.length),
    extensions,
  );
  return fingerprints(readClientHello(body, 0, body.length, false)!, transport);
}

describe('JA4', () => {
  const CHROME: Published = {
    ciphers: numbers('4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53'),
    extensions: numbers('45-51-16-65037-23-17613-0-11-10-43-65281-35-18-5-13-27'),
    groups: numbers('4588-29-23-24'),
    signatures: codes('0403,0804,0401,0503,0805,0501,0806,0601'),
    alpn: ['h2', 'http/1.1'],
  };

  it('of Chrome 143 on Android, and its JA3, are those that browserleaks.com gave', () => {
    expect(prints(CHROME)).toEqual({
      ja3: '98487aa16281980e7d1120d399efb6a4',
      ja4: 't13d1516h2_8daaf6152771_d8a2da3f94cd',
    });
  });

  it('does not change with the order in which ciphers and extensions are sent', () => {
    const turned = { ...CHROME, ciphers: CHROME.ciphers.toReversed(), extensions: CHROME.extensions.toReversed() };
    expect(prints(turned).ja4).toBe('t13d1516h2_8daaf6152771_d8a2da3f94cd');
  });

  it('changes with the order of the signature algorithms', () => {
    const turned = prints({ ...CHROME, signatures: CHROME.signatures.toReversed() }).ja4;
    expect(turned).toMatch(/^t13d1516h2_8daaf6152771_/);
    expect(turned).not.toMatch(/_d8a2da3f94cd$/);
  });

  it('counts and hashes the ciphers of QUIC as the specification writes them', () => {
    const quic = { ...CHROME, ciphers: codes('1301,1302,1303'), extensions: [0, 10, 13, 16, 43, 51], alpn: ['h3'] };
    expect(prints(quic, 'q').ja4).toMatch(/^q13d0306h3_55b375c5d22e_/);
  });

  it.each([
    ['h2', 'h2'],
    ['http/1.1', 'h1'],
    ['h', 'hh'],
    ['\xab', 'ab'],
    ['\xab\xcd', 'ad'],
    ['0\xab', '3b'],
    ['\xab01', 'a1'],
  ])('writes the ends of the first application protocol %j as %s', (name, written) => {
    expect(prints({ ...CHROME, alpn: [name] }).ja4.slice(8, 10)).toBe(written);
  });
});
