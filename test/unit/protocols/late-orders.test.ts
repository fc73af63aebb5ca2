/** What writes, stops or erases is told however late it comes. */
import { describe, expect, it } from 'vitest';
import { cotp, enip, zeros } from './talk.ts';
import { be16, bytes, hexBytes, inspect, join, le16, tcp, udp, type FlowOptions, type TestFlow } from './wire.ts';

const MANY = 60;
const modbus = (pdu: string): Uint8Array => {
  const body = join([17], hexBytes(pdu));
  return join([0, 9, 0, 0], be16(body.length), body);
};
const s7 = (code: string): Uint8Array => cotp(hexBytes(`32 01 0000 0000 0008 0000 ${code} 00 0001 0001 01e0`));
/** A link frame with one block behind its header, and the checksums of both. */
const dnp3 = (code: number): Uint8Array => join(hexBytes('0564 08 c4 0a00 0100 0000 c0 c1'), [code, 0, 0]);
const bacnet = (service: number): Uint8Array => join(hexBytes('810a 000a 0104 0005 07'), [service]);
const cip = (service: number): Uint8Array =>
  enip(0x6f, join(zeros(6), le16(2), le16(0), le16(0), le16(0xb2), le16(2), [service, 0]));
const resp = (...words: string[]): Uint8Array =>
  bytes(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);

interface Order {
  options: FlowOptions;
  read: Uint8Array;
  write: Uint8Array;
  facts: Record<string, string>;
}
const ORDERS: readonly (readonly [string, Order])[] = [
  [
    'Modbus',
    {
      options: tcp(502),
      read: modbus('03 006b 0003'),
      write: modbus('06 0001 0002'),
      facts: {
        'modbus.function': '3 (read holding registers) | 6 (write one register)',
        'modbus.change': '6 (write one register)',
      },
    },
  ],
  [
    'Modbus diagnostics',
    {
      options: tcp(502),
      read: modbus('08 0000 0000'),
      write: modbus('08 0004 0000'),
      facts: { 'modbus.function': '8 (diagnostics)', 'modbus.change': '8 (diagnostics: only listen)' },
    },
  ],
  [
    'S7',
    {
      options: tcp(102),
      read: s7('04'),
      write: s7('29'),
      facts: {
        's7.function': '0x04 (read variables) | 0x29 (stop the controller)',
        's7.change': '0x29 (stop the controller)',
      },
    },
  ],
  [
    'DNP3',
    {
      options: tcp(20000),
      read: dnp3(1),
      write: dnp3(13),
      facts: { 'dnp3.function': '1 (read) | 13 (cold restart)', 'dnp3.change': '13 (cold restart)' },
    },
  ],
  [
    'BACnet',
    {
      options: udp(47808),
      read: bacnet(12),
      write: bacnet(20),
      facts: {
        'bacnet.service': '12 (read property) | 20 (reinitialise device)',
        'bacnet.change': '20 (reinitialise device)',
      },
    },
  ],
  [
    'CIP',
    {
      options: tcp(44818),
      read: cip(0x4c),
      write: cip(7),
      facts: { 'cip.service': '0x4c (read tag) | 0x07 (stop)', 'cip.change': '0x07 (stop)' },
    },
  ],
  [
    'Redis',
    {
      options: tcp(6379),
      read: resp('GET', 'a'),
      write: resp('flushall'),
      facts: { 'redis.command': 'GET | FLUSHALL', 'redis.order': 'FLUSHALL' },
    },
  ],
];

const facts = (options: FlowOptions, talk: (flow: TestFlow) => void): Record<string, string> =>
  inspect(options, talk).meta?.facts ?? {};

describe('what changes a device or a server', () => {
  it.each(ORDERS)('is told after many messages that do not: %s', (_, { options, read, write, facts: expected }) => {
    const said = facts(options, (f) => {
      for (let i = 0; i < MANY; i++) f.client(read);
      f.client(write);
    });
    expect(said).toMatchObject(expected);
  });

  it.each(ORDERS.filter(([, { options }]) => options.proto === tcp(1).proto))(
    'is told in segments that end anywhere, and behind others in one: %s',
    (_, { options, read, write, facts: expected }) => {
      const all = join(...Array.from({ length: MANY }, () => read), write);
      expect(facts(options, (f) => f.client(read).client(all, 7))).toMatchObject(expected);
      expect(facts(options, (f) => f.client(read).client(all))).toMatchObject(expected);
    },
  );

  it('is told where there were more functions than are kept', () => {
    const said = facts(tcp(502), (f) => {
      for (const code of ['01', '02', '03', '04', '07', '0b', '0c', '11', '14', '18', '10'])
        f.client(modbus(`${code} 0000 0000`));
    });
    expect(said['modbus.function']).toMatch(/^1 \(read coils\) .* \| …$/);
    expect(said['modbus.change']).toBe('16 (write registers)');
  });

  it('is told after bytes that are lost, and after what is none of the protocol', () => {
    const { read, write, facts: expected } = ORDERS[0]![1];
    expect(facts(tcp(502), (f) => f.client(read).lose(true, 300).client(write))).toMatchObject(expected);
    expect(facts(tcp(502), (f) => f.client(read).client('something else').client(write))).toMatchObject(expected);
  });
});

describe('commands of Redis', () => {
  it('are not looked for in values', () => {
    const value = `x${'\r\n*1\r\n$8\r\nFLUSHALL\r\n'.repeat(400)}`;
    expect(facts(tcp(6379), (f) => f.client(resp('SET', 'a', value), 1000).client(resp('GET', 'a')))).toEqual({
      'redis.command': 'SET | GET',
    });
  });

  it('are read as people type them, however late', () => {
    const said = facts(tcp(6379), (f) => {
      for (let i = 0; i < MANY; i++) f.client('PING\r\n').server('+PONG\r\n');
      f.client('FLUSHALL\r\n');
    });
    expect(said).toEqual({ 'redis.command': 'PING | FLUSHALL', 'redis.order': 'FLUSHALL' });
  });
});
