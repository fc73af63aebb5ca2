import { describe, expect, it } from 'vitest';
import { readCertificate } from '../../../src-main/meter/protocols/inspectors/x509.ts';
import { bytes, hexBytes, join } from './wire.ts';

const der = (tag: number, ...parts: Uint8Array[]): Uint8Array => {
  const content = join(...parts);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return join([tag], length, content);
};
const OID_CN = hexBytes('0603550403');
const OID_SAN = hexBytes('0603551d11');
const name = (cn: string): Uint8Array => der(0x30, der(0x31, der(0x30, OID_CN, der(0x0c, bytes(cn)))));
const dnsName = (host: string): Uint8Array => der(0x82, bytes(host));
const alternatives = (critical: boolean, ...names: Uint8Array[]): Uint8Array =>
  der(0x30, OID_SAN, ...(critical ? [der(0x01, Uint8Array.of(255))] : []), der(0x04, der(0x30, ...names)));
function certificate(...extensions: Uint8Array[]): Uint8Array {
  const key = der(0x30, der(0x30, hexBytes('06032b6570')), der(0x03, new Uint8Array(33)));
  const tail = extensions.length > 0 ? [der(0xa3, der(0x30, ...extensions))] : [];
  const body = der(
    0x30,
    der(0xa0, hexBytes('020102')),
    hexBytes('020107'),
    der(0x30, hexBytes('06032b6570')),
    name('Test CA'),
    der(0x30),
    name('shop.example'),
    key,
    ...tail,
  );
  return der(0x30, body, der(0x30, hexBytes('06032b6570')), der(0x03, new Uint8Array(65)));
}
const read = (data: Uint8Array): ReturnType<typeof readCertificate> => readCertificate(data, 0, data.length);

describe('certificates', () => {
  it('say the hosts they are for, in lower case; addresses are passed over', () => {
    const address = der(0x87, Uint8Array.of(192, 0, 2, 1));
    const whole = certificate(alternatives(false, dnsName('Shop.Example'), address, dnsName('*.cdn.example')));
    expect(read(whole)).toEqual({
      der: whole,
      subject: 'CN=shop.example',
      issuer: 'CN=Test CA',
      names: ['shop.example', '*.cdn.example'],
    });
  });

  it('do so where the extension is critical and stands behind others', () => {
    const usage = der(0x30, hexBytes('0603551d0f'), der(0x04, hexBytes('03020780')));
    expect(read(certificate(usage, alternatives(true, dnsName('a.example'))))?.names).toEqual(['a.example']);
  });

  it('say at most sixteen', () => {
    const many = Array.from({ length: 40 }, (_, i) => dnsName(`h${i}.example`));
    expect(read(certificate(alternatives(false, ...many)))?.names).toHaveLength(16);
  });

  it('have none where there is no extension, or it is cut', () => {
    expect(read(certificate())?.names).toEqual([]);
    const whole = certificate(alternatives(false, dnsName('a.example')));
    for (let cut = 0; cut < whole.length; cut++) expect(read(whole.subarray(0, cut))).toBeNull();
  });

  it('are told apart by every byte, and met again give the same', () => {
    const [one, other] = ['a.example', 'b.example'].map((host) => certificate(alternatives(false, dnsName(host))));
    const first = read(one!);
    expect(read(other!)?.names).toEqual(['b.example']);
    expect(read(one!.slice())).toEqual(first);
    const again = read(one!.slice());
    expect(read(one!.slice())).toBe(again);
  });
});
