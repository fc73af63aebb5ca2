/** Passwords that cross the wire in the clear are told of once a flow and protocol, where no login message does. */
import { describe, expect, it } from 'vitest';
import { PROTO } from '../../../src-main/meter/packets/types.ts';
import { hexBytes, inspect, type FlowOptions, type TestFlow } from './wire.ts';

function told(options: FlowOptions, talk: (flow: TestFlow) => void): { clear: [string, string][]; fact: unknown } {
  const { wire, meta } = inspect(options, talk);
  return { clear: wire.of('clear').map((m) => [m.protocol, m.user]), fact: meta?.facts['clear'] };
}

const post = (body: string): string =>
  `POST /login HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('a password in the clear', () => {
  it('is told once a flow, however often it is sent', () => {
    const login = '*3\r\n$4\r\nAUTH\r\n$4\r\nanna\r\n$6\r\nsecret\r\n';
    expect(told({ respPort: 6379 }, (flow) => void flow.client(login).server('+OK\r\n').client(login)).clear).toEqual([
      ['redis', 'anna'],
    ]);
  });

  it('is not told twice where a login message tells of it', () => {
    const pop = (flow: TestFlow): void =>
      void flow
        .server('+OK ready\r\n')
        .client('USER anna\r\n')
        .server('+OK\r\n')
        .client('PASS secret\r\n')
        .server('+OK in\r\n');
    expect(told({ respPort: 110 }, pop)).toEqual({ clear: [], fact: 'password of anna' });
  });

  it('is not a community of SNMP', () => {
    const get = hexBytes(
      '30260201010406707562 6c6963a019020401020304020100020100300b300906052b060102010500'.replaceAll(' ', ''),
    );
    const { clear, fact } = told({ respPort: 161, proto: PROTO.UDP }, (flow) => void flow.client(get));
    expect([clear, fact]).toEqual([[], 'community']);
  });

  it('is one of a form that logs in, of the account that a field names', () => {
    const form = (body: string) => told({ respPort: 80 }, (flow) => void flow.client(post(body)));
    expect(form('username=anna%40a.example&password=secret')).toEqual({
      clear: [['http-form', 'anna@a.example']],
      fact: 'password of anna@a.example',
    });
    expect(form('{"password": "secret"}')).toEqual({ clear: [['http-form', '']], fact: 'password' });
    expect(form('user=anna;password=secret').clear).toEqual([['http-form', 'anna']]);
    expect(form('user: anna\r\npassword: secret').clear).toEqual([['http-form', 'anna']]);
    expect(form('username=anna&password=').clear).toEqual([]);
    expect(form('q=passwords+of+the+world').clear).toEqual([]);
  });
});
