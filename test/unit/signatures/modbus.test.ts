/** Modbus requests by unit, function and kind of access. */
import { describe, expect, it } from 'vitest';
import { alerts, rulesOf, Talk } from './talk.ts';

const UNIT = 10;

/** A message over TCP, from its function on. */
function message(...pdu: number[]): Uint8Array {
  return Uint8Array.of(0, 1, 0, 0, 0, pdu.length + 1, UNIT, ...pdu);
}

const READ_COIL = message(1, 0, 0, 0, 1);
const READ_COILS = message(1, 0, 2, 0, 2);
const WRITE_REGISTER = message(6, 0, 5, 0, 11);
const LOOPBACK = message(8, 0, 4, 0, 0);
const READ_WRITE = message(23, 0, 9, 0, 2, 0, 19, 0, 1, 2, 0, 7);

function told(options: string, ...requests: Uint8Array[]): number {
  const talk = new Talk(502).open();
  for (const request of requests) talk.up(request).down(message(request[7]!, 1, 0));
  const rule = `alert modbus any any -> any any (modbus:${options}; sid:1;)`;
  const set = rulesOf(rule);
  expect(set.refused, options).toEqual([]);
  return alerts(set, talk.close().frames)[1] ?? 0;
}

const ALL = [READ_COIL, READ_COILS, WRITE_REGISTER, LOOPBACK, READ_WRITE];

describe('modbus', () => {
  it.each([
    ['function 1', 2],
    ['function 8, subfunction 4', 1],
    ['function 8, subfunction 5', 0],
    ['function assigned', 5],
    ['function !assigned', 0],
    ['function public', 5],
    ['function user', 0],
    ['unit 10', 5],
    ['unit >10', 0],
    ['unit >9, access read coils, address 0<>2', 1],
    ['access read', 3],
    ['access write', 2],
    ['access read coils, address 3', 1],
    ['access read coils, address 2', 0],
    ['access read coils, address >3', 1],
    ['access read coils, address <2', 1],
    ['access read holding, address 10', 1],
    ['access write holding, address 20', 1],
    ['access write coils', 0],
    ['access read discretes', 0],
  ])('%s: %i', (options, count) => {
    expect(told(options, ...ALL)).toBe(count);
  });

  it('tells reserved functions and those of users apart', () => {
    expect(told('function reserved', message(8, 0, 19, 0, 0), message(9), message(65))).toBe(2);
    expect(told('function user', message(9), message(65), message(110))).toBe(2);
    expect(told('function unassigned', message(9), message(30))).toBe(1);
  });

  it('reads messages however they are cut, and several of one packet', () => {
    const rule = 'alert modbus any any -> any any (modbus:function 1; sid:1;)';
    const cut = new Talk(502).open().up(READ_COIL.subarray(0, 5)).up(READ_COIL.subarray(5)).up(READ_COILS).close();
    expect(alerts(rule, cut.frames)).toEqual({ 1: 2 });
    const both = new Talk(502)
      .open()
      .up(Buffer.concat([READ_COIL, READ_COILS]))
      .close();
    expect(alerts(rule, both.frames)).toEqual({ 1: 2 });
  });

  it('is not what other bytes on its port are, nor answers, nor what is cut off', () => {
    const rule = 'alert modbus any any -> any any (modbus:function all; sid:1;)';
    const fault = message(0x81, 6);
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n'), READ_COIL.subarray(0, 9), fault])
      expect(alerts(rule, new Talk(502).open().up(bytes).close().frames)).toEqual({});
    expect(alerts(rule, new Talk(502).open().up(message(1)).close().frames)).toEqual({ 1: 1 });
    expect(alerts(rule, new Talk(5020).open().up(READ_COIL).close().frames)).toEqual({});
  });

  it.each([
    'function nothing',
    'function 3, subfunction 1',
    'function !3',
    'access',
    'access write input',
    'access read, address 3',
    'access write holding, address 3, value 5',
    'unit x',
    'access read coils, address 5<>2',
    '',
  ])('refuses “%s”', (options) => {
    const { refused } = rulesOf(`alert modbus any any -> any any (modbus:${options}; sid:1;)`);
    expect(refused).toMatchObject([{ keyword: 'modbus' }]);
  });
});
