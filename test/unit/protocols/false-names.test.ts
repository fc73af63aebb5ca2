/** What begins like a protocol, and is none. */
import { describe, expect, it } from 'vitest';
import { operationName } from '../../../src-main/meter/protocols/inspectors/rpc-interfaces.ts';
import { be16, bytes, hexBytes, inspect, join, tcp, udp } from './wire.ts';

describe('QUIC', () => {
  const app = (version: string): string | undefined =>
    inspect(udp(62976), (f) => f.client(join(hexBytes(`ff${version}08`), new Uint8Array(60)))).meta?.app;
  it('has drafts 1 to 34, and no others', () => {
    expect(['ff000001', 'ff00001d', 'ff000022'].map(app)).toEqual(['QUIC', 'QUIC', 'QUIC']);
    expect(['ff000000', 'ff000023', 'ff0000a0'].map(app)).toEqual([undefined, undefined, undefined]);
  });
});

describe('BGP', () => {
  it('is no Telnet on another port', () => {
    const open = join(new Uint8Array(16).fill(0xff), be16(29), hexBytes('01 04 fde8 00b4 0a000001 00'));
    const { meta } = inspect(tcp(10179), (f) => f.client(open).server(open));
    expect(meta).toMatchObject({ app: 'BGP', facts: { 'bgp.as': '65000', 'bgp.id': '10.0.0.1' } });
    expect(inspect(tcp(10179), (f) => f.client(hexBytes('ffffffffff'))).meta?.app).toBeUndefined();
  });

  it('leaves Telnet its negotiations', () => {
    expect(inspect(tcp(10023), (f) => f.server(hexBytes('fffd18 fffd20 fffb01'))).meta?.app).toBe('Telnet');
  });
});

describe('NTP on its port', () => {
  const app = (payload: Uint8Array): string | undefined => inspect(udp(123), (f) => f.client(payload)).meta?.app;
  const packet = (head: string, length = 48): Uint8Array => join(hexBytes(head), new Uint8Array(length - 4));

  it.each([
    ['a client that tells nothing', packet('23000020')],
    ['an old client', packet('0b000000')],
    ['a server', packet('240206e9')],
    ['a server that is not set', packet('e41006e9')],
    ['with a digest', packet('240206e9', 68)],
    ['a control message', hexBytes('160200010000000000000000')],
    ['a control answer with data', join(hexBytes('168200010000000000000004'), bytes('a=b,'))],
    ['a private request', hexBytes('1700032a00000000')],
    ['a private request, cut short', hexBytes('1700032a')],
    ['a private answer', join(hexBytes('9700032a00020048'), new Uint8Array(144))],
  ])('is %s', (_, payload) => expect(app(payload)).toBe('NTP'));

  it.each([
    ['a stratum that there is not', packet('24ff06e9')],
    ['a time between polls that there is not', packet('240240e9')],
    ['a precision that there is not', packet('2402064a')],
    ['a length that is not of words', packet('240206e9', 51)],
    ['a control message of an unknown operation', hexBytes('161e00010000000000000000')],
    ['a control message that announces more', hexBytes('160200010000000000000040')],
    ['a private message of an unknown implementation', hexBytes('1700ff2a00000000')],
    ['a private message that announces more', hexBytes('9700032a00020048')],
  ])('is not %s', (_, payload) => expect(app(payload)).toBeUndefined());

  it('is rarely seen in random bytes', () => {
    let seed = 7;
    const random = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 24;
    let named = 0;
    for (let i = 0; i < 2000; i++) if (app(Uint8Array.from({ length: 48 + (i % 23) }, random)) === 'NTP') named++;
    expect(named).toBeLessThan(40);
  });
});

describe('operations of remote calls', () => {
  it.each([
    ['367abb81-9844-35f1-ad32-98f038001003', 0, 'svcctl 0 (RCloseServiceHandle)'],
    ['367abb81-9844-35f1-ad32-98f038001003', 6, 'svcctl 6 (RQueryServiceStatus)'],
    ['e3514235-4b06-11d1-ab04-00c04fc2dcd2', 16, 'drsuapi 16 (IDL_DRSDomainControllerInfo)'],
    ['12345778-1234-abcd-ef00-0123456789ac', 20, 'samr 20 (SamrQueryInformationGroup)'],
    ['338cd001-2244-31f1-aaaa-900038001003', 15, 'winreg 15 (BaseRegOpenKey)'],
    ['12345678-1234-abcd-ef00-0123456789ab', 10, 'spoolss 10 (RpcEnumPrinterDrivers)'],
    ['338cd001-2244-31f1-aaaa-900038001003', 99, 'winreg 99'],
  ])('%s %i', (uuid, operation, shown) => expect(operationName(uuid, operation)).toBe(shown));
});
