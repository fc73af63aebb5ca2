import { describe, expect, it } from 'vitest';
import { PROTO } from '../../../src-main/meter/packets/types.ts';
import { hexBytes, Wire, type FlowOptions, type TestFlow } from './wire.ts';

const BANNER = 'SSH-2.0-OpenSSH_9.6\r\n';
/** Begins with a byte that no protocol on these ports begins with. */
const RAW = '\u00c7\u001e\u0000\u0004abcd';

/** What is told of one flow, after which `talk` was said. */
function told(options: FlowOptions, talk: (flow: TestFlow) => void): [string, string, number, boolean][] {
  const wire = new Wire();
  talk(wire.flow(options));
  wire.run();
  return wire.of('misplaced').map((m) => [m.app, m.transport, m.respPort, m.fromOrig]);
}

const sshTalk = (flow: TestFlow): void => void flow.server(BANNER).client(BANNER).server('\0\0\0\u000cabcdefgh');
const rawTalk = (flow: TestFlow): void => void flow.client(RAW).server(RAW).client(RAW).server(RAW);

describe('a protocol on the port of another', () => {
  it('is told once, when both ends have gone on with it', () => {
    expect(told({ respPort: 443 }, (flow) => flow.server(BANNER).client(BANNER))).toEqual([]);
    expect(told({ respPort: 443 }, sshTalk)).toEqual([['SSH', 'tcp', 443, false]]);
    expect(
      told({ respPort: 443 }, (flow) => {
        sshTalk(flow);
        flow.client('more').server('more').client('more');
      }),
    ).toHaveLength(1);
  });

  it('is told of inspectors that only name it, too', () => {
    const greeting = Uint8Array.of(5, 1, 0);
    const talk = (flow: TestFlow): void =>
      void flow
        .client(greeting)
        .server(Uint8Array.of(5, 0))
        .client(Uint8Array.of(5, 1, 0, 1, 10, 0, 0, 9, 0, 80));
    expect(told({ respPort: 80 }, talk)).toEqual([['SOCKS', 'tcp', 80, true]]);
  });

  it('is nothing on its own ports, nor on one that is nobody’s', () => {
    for (const respPort of [22, 2222, 9998]) expect(told({ respPort }, sshTalk)).toEqual([]);
  });

  it('is nothing where the answer refuses it in another protocol', () => {
    expect(
      told({ respPort: 22 }, (flow) =>
        flow.client('GET / HTTP/1.1\r\nHost: a\r\n\r\n').server(BANNER).client('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      ),
    ).toEqual([]);
  });

  it('is nothing inside one that was opened on its own port', () => {
    expect(
      told({ respPort: 8080 }, (flow) =>
        flow
          .client('CONNECT a.example:22 HTTP/1.1\r\nHost: a.example\r\n\r\n')
          .server('HTTP/1.1 200 OK\r\n\r\n')
          .server(BANNER)
          .client(BANNER)
          .server('\0\0\0\u000cabcdefgh'),
      ),
    ).toEqual([]);
  });

  it('is told over UDP', () => {
    const initiation = new Uint8Array(148);
    initiation[0] = 1;
    const response = new Uint8Array(92);
    response[0] = 2;
    const data = new Uint8Array(48);
    data[0] = 4;
    expect(
      told({ proto: PROTO.UDP, respPort: 53 }, (flow) => flow.client(initiation).server(response).client(data)),
    ).toEqual([['WireGuard', 'udp', 53, true]]);
  });
});

describe('a protocol that changes in the middle', () => {
  const HELLO = hexBytes(`160301002f0100002b0303${'11'.repeat(32)}000004c02fc0300100`);
  it.each([
    [
      'STARTTLS in mail',
      25,
      (flow: TestFlow): void =>
        void flow
          .server('220 mail.example ESMTP\r\n')
          .client('EHLO a\r\n')
          .server('250-mail.example\r\n250 STARTTLS\r\n')
          .client('STARTTLS\r\n')
          .server('220 go ahead\r\n')
          .client(HELLO)
          .server(RAW)
          .client(RAW),
    ],
    [
      'a WebSocket',
      80,
      (flow: TestFlow): void =>
        void flow
          .client('GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
          .server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
          .client(RAW)
          .server(RAW)
          .client(RAW),
    ],
  ])('is what it began as: %s', (_, respPort, talk) => {
    expect(told({ respPort }, talk)).toEqual([]);
  });
});

describe('what nobody knows on the port of a protocol', () => {
  it('is told once both ends have sent it twice', () => {
    expect(told({ respPort: 443 }, (flow) => flow.client(RAW).server(RAW).client(RAW))).toEqual([]);
    expect(told({ respPort: 443 }, rawTalk)).toEqual([['', 'tcp', 443, false]]);
    expect(told({ respPort: 9998 }, rawTalk)).toEqual([]);
  });

  it('is told, once, of what could be the port’s protocol but never comes to be it', () => {
    // Could be the length and header of a DNS message of 4,096 bytes.
    const header = hexBytes('1000 1234 0100 0001 0000 0000 0000');
    const talk = (times: number) => (flow: TestFlow) => {
      flow.client(header).server(header);
      for (let i = 1; i < times; i++) flow.client(RAW).server(RAW);
    };
    expect(told({ respPort: 53 }, talk(12))).toHaveLength(1);
    expect(told({ respPort: 53 }, talk(2))).toEqual([]);
  });

  it.each([
    ['letters', 'id\n', 'uid=0(root) gid=0(root)\n'],
    ['a length that no header follows', '\x01\x00abcdefghijklmnop', '\x02\x00ABCDEFGHIJKLMNOP'],
  ])('is told at once, and shown, where it is no DNS: %s', (_, asked, said) => {
    const wire = new Wire();
    wire.flow({ respPort: 53 }).server(asked).client(said).server(asked).client(said);
    wire.run();
    expect(wire.of('misplaced').map((m) => m.app)).toEqual(['']);
    expect(wire.of('payload').map((m) => m.text)).toEqual([asked, said]);
  });

  it('is nothing where it comes to be the port’s protocol at last', () => {
    const wire = new Wire();
    const flow = wire.flow({ respPort: 53 });
    const query = hexBytes('001d 1234 0100 0001 0000 0000 0000 0377777707 6578616d706c65 00 0001 0001');
    flow.client(query.subarray(0, 14), 1);
    for (let i = 0; i < 14; i++) flow.server(query.subarray(i, i + 1));
    flow.client(query.subarray(14, 16), 1).server(query.subarray(14)).client(query.subarray(16));
    wire.run();
    expect(wire.finish(flow)?.app).toBe('DNS');
    expect(wire.of('misplaced')).toEqual([]);
  });

  it('is nothing where one end only listens', () => {
    expect(told({ respPort: 443 }, (flow) => flow.client(RAW).client(RAW).client(RAW).client(RAW))).toEqual([]);
  });

  it('is nothing of a connection whose beginning was not seen, or that has holes', () => {
    expect(told({ respPort: 443, syn: false }, rawTalk)).toEqual([]);
    expect(
      told({ respPort: 443 }, (flow) => {
        flow.lose(false, 100);
        rawTalk(flow);
      }),
    ).toEqual([]);
    expect(
      told({ respPort: 443 }, (flow) => {
        flow.odd({ payload: Uint8Array.of(0xc7, 0x1e), wire: 900, seq: 1000 }).lose(true, 900);
        rawTalk(flow);
      }),
    ).toEqual([]);
  });

  it('is nothing once somebody knows what comes after', () => {
    expect(told({ respPort: 443 }, (flow) => flow.client(RAW).server(RAW).client(BANNER).server(BANNER))).toEqual([]);
  });

  it('is told of datagrams after six and a turn of each, but not where the capture cuts them', () => {
    const talk = (flow: TestFlow): void => {
      for (let i = 0; i < 4; i++) flow.client(RAW).server(RAW);
    };
    const options = { proto: PROTO.UDP, respPort: 53 };
    expect(told(options, talk)).toEqual([['', 'udp', 53, false]]);
    expect(
      told(options, (flow) => {
        flow.odd({ payload: Uint8Array.of(0xc7), wire: 400 });
        talk(flow);
      }),
    ).toEqual([]);
  });
});
