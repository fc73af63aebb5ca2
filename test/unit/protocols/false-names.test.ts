/** What begins like a protocol, and is none. */
import { describe, expect, it } from 'vitest';
import { operationName } from '../../../src-main/meter/protocols/inspectors/rpc-interfaces.ts';
import { bson, bsonText, mongo } from './talk.ts';
import { be16, bytes, hexBytes, inspect, join, le32, tcp, udp } from './wire.ts';

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

describe('Modbus on a port that is not its own', () => {
  const message = (transaction: number, pdu: string): Uint8Array => {
    const body = hexBytes(`11${pdu}`);
    return join(be16(transaction), be16(0), be16(body.length), body);
  };
  const READ = '03 0000 0002';
  const VALUES = '03 04 0001 0002';
  const app = (port: number, ...said: (Uint8Array | null)[]): string | undefined =>
    inspect(tcp(port), (f) => {
      for (const [i, part] of said.entries())
        if (part) {
          if (i % 2 === 0) f.client(part);
          else f.server(part);
        }
    }).meta?.app;

  it.each<[string, ...(Uint8Array | null)[]]>([
    ['a request and its answer', message(0x1234, READ), message(0x1234, VALUES)],
    ['a request and its refusal', message(7, READ), message(7, '83 02')],
    ['two requests of one segment', join(message(0x1234, READ), message(0x1235, '05 0001 ff00'))],
    ['two requests of two', message(0xffff, READ), null, message(0, '10 0000 0001 02 0005')],
    [
      'a request in two parts, and its answer',
      message(3, READ).subarray(0, 9),
      null,
      message(3, READ).subarray(9),
      message(3, VALUES),
    ],
    ['one that ends in the next segment', join(message(1, READ), message(2, READ), message(3, READ).subarray(0, 5))],
  ])('is %s', (_, ...said) => {
    expect([app(20513, ...said), app(443, ...said)]).toEqual(['Modbus', 'Modbus']);
  });

  it.each<[string, ...(Uint8Array | null)[]]>([
    ['one message alone', message(1, READ)],
    ['an answer of another transaction', message(1, READ), message(2, VALUES)],
    ['an answer of another function', message(1, READ), message(1, '04 04 0001 0002')],
    ['an answer that is none', message(1, READ), hexBytes('fe01fe01fe01fe01fe01')],
    ['a length that its values do not have', message(1, '03 05 0001 0002'), message(1, READ)],
    ['bytes behind it that begin none', join(message(1, READ), hexBytes('000200010006'))],
    ['a function that there is not', message(1, '64 0000 0002'), message(1, '64 00')],
  ])('is not %s', (_, ...said) => {
    expect(app(20513, ...said)).toBeUndefined();
  });

  it('is known by one message on its own port', () => {
    expect(app(502, message(0x1234, READ))).toBe('Modbus');
  });
});

describe('MongoDB', () => {
  const OK = bson(bsonText('ok', '1'));
  const app = (said: Uint8Array, server = false): string | undefined =>
    inspect(tcp(9000), (f) => (server ? f.server(said) : f.client(said))).meta?.app;
  const message = mongo(2013, join(le32(0), [0], OK));

  it.each<[string, Uint8Array, boolean?]>([
    ['a message', message],
    ['two at once', join(message, message)],
    ['the beginning of a long one', mongo(2013, join(le32(0), [0], new Uint8Array(4000))).subarray(0, 1400)],
    ['a compressed one', mongo(2012, join(le32(2013), le32(30), [1], new Uint8Array(20)))],
    ['an answer', mongo(1, join(new Uint8Array(20), OK), 7), true],
  ])('is %s', (_, said, server) => expect(app(said, server)).toBe('MongoDB'));

  it.each<[string, Uint8Array, boolean?]>([
    ['an answer that begins', mongo(1, join(new Uint8Array(20), OK), 7)],
    ['an answer to nothing', mongo(1, join(new Uint8Array(20), OK)), true],
    ['an answer without a body', join(le32(20_559), le32(9), le32(7), le32(1)), true],
    ['a length beyond the largest', join(le32(48_000_001), message.subarray(4))],
    ['a length that nothing follows', join(le32(16), message.subarray(4, 16))],
    ['bytes behind it that are no header', join(message, new Uint8Array(40).fill(7))],
    ['flags that there are not', mongo(2013, join(le32(0x0800_0000), [0], OK))],
    ['an operation that there is not', mongo(2003, join(le32(0), [0], OK))],
  ])('is not %s', (_, said, server) => expect(app(said, server)).toBeUndefined());
});

describe('syslog over TCP', () => {
  const LINE = '<34>1 2026-02-25T06:13:20Z gate su - ID47 - failed';
  const counted = `${LINE.length} ${LINE}`;
  const seen = (...said: string[]) =>
    inspect(tcp(5140), (f) => {
      for (const part of said) f.client(part);
    }).meta;

  it.each([[counted], [counted + counted], [counted.slice(0, 30), counted.slice(30)], [`${LINE}\n`]])(
    'is known with its length and without: %j',
    (...said) => {
      expect(seen(...said)).toMatchObject({
        service: 'syslog',
        app: 'Syslog',
        facts: { 'syslog.severity': 'critical' },
      });
    },
  );

  it('tells of its host with its length, too', () => {
    expect(seen(counted)?.facts).toMatchObject({ 'syslog.host': 'gate', 'syslog.program': 'su' });
  });

  it.each([`${LINE.length - 9} ${LINE}`, `0 ${LINE}`, '34 <b>1 bold</b>', '50 <34>what'])('is not %j', (said) => {
    expect(seen(said)).toBeUndefined();
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
