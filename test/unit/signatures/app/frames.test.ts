/** Frames that the parsers tell: what they are called, and which bytes they are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAMES, hasFrame } from '../../../../src-main/detect/signatures/app/frames.ts';
import { openAppFlow } from '../../../../src-main/detect/signatures/app/open.ts';
import type { AppFlow, Direction } from '../../../../src-main/detect/signatures/app/types.ts';
import { latin, n24, n32, raw, type Conversation } from './made.ts';
import * as samples from './samples.ts';

const SLOW = 120_000;

interface Frame {
  name: string;
  direction: Direction;
  pieces: string[];
}

/** `act`: what is to happen beside the conversation. */
function framesOf(
  { transport = 'tcp', port, steps }: Conversation,
  wanted: (protocol: string) => boolean = () => true,
  act: (flow: AppFlow) => void = () => undefined,
): Frame[] {
  const frames: Frame[] = [];
  const flow = openAppFlow(
    { transport, serverPort: port, clientPort: 40_000, frames: wanted },
    {
      transaction: () => undefined,
      event: () => undefined,
      protocol: () => undefined,
      frame: (name, direction, pieces) => void frames.push({ name, direction, pieces: pieces.map(latin) }),
    },
  );
  for (const [direction, text] of steps) flow.data(direction, raw(text));
  act(flow);
  flow.end(0);
  flow.end(1);
  return frames;
}

const of = (frames: readonly Frame[], name: string, direction?: Direction): string[] =>
  frames
    .filter((one) => one.name === name && (direction === undefined || one.direction === direction))
    .flatMap(({ pieces }) => pieces);

describe('frames', () => {
  it('have names that rules may ask for, and are told where rules ask alone', () => {
    let told = 0;
    for (const [protocol, sample] of samples.SAMPLES) {
      for (const { name } of framesOf(sample)) {
        const [, app = '', ...rest] = name.split('.');
        expect(hasFrame(app, rest.join('.')), name).toBe(true);
        told++;
      }
      expect(
        framesOf(sample, () => false),
        protocol,
      ).toEqual([]);
    }
    expect(told).toBeGreaterThan(80);
    expect(hasFrame('quic', 'stream')).toBe(false);
    expect([...FRAMES.keys()].every((app) => !hasFrame(app, 'none'))).toBe(true);
  });

  it('of SIP are its line, its fields without the empty line, and its body', () => {
    const told = framesOf(samples.SIP);
    const [, request] = samples.SIP.steps[0]!;
    expect(of(told, 'frame.sip.pdu', 0)).toEqual([request]);
    expect(of(told, 'frame.sip.request.line')).toEqual(['INVITE sip:b@x SIP/2.0\r\n']);
    expect(of(told, 'frame.sip.request.headers')[0]).toMatch(/^v: .*Content-Length: \d+\r\n$/s);
    expect(of(told, 'frame.sip.request.body')[0]).toMatch(/^v=0\r\n/);
    expect(of(told, 'frame.sip.response.line')).toEqual(['SIP/2.0 100 Trying\r\n']);
    expect(of(told, 'frame.sip.response.body')).toEqual([]);
  });

  it('of SSH go on until the keys change', () => {
    const [hello, offer] = [samples.SSH.steps[1]![1].split('\r\n', 1)[0]!, samples.SSH.steps[1]![1]];
    const keys = `${n32(12)}\x0a\x15${'p'.repeat(10)}`;
    const told = framesOf({
      port: 22,
      steps: [[0, `${offer}${n32(12)}\x0a\x1e${'k'.repeat(10)}${keys}encrypted and so on`]],
    });
    expect(of(told, 'frame.ssh.record.pdu')).toHaveLength(3);
    expect(of(told, 'frame.ssh.record.pdu')[2]).toBe(keys);
    expect(of(told, 'frame.ssh.record.hdr').map((one) => one.length)).toEqual([6, 6, 6]);
    expect(of(told, 'frame.ssh.record.data')[1]).toBe('k'.repeat(10));
    expect(hello).toBe('SSH-2.0-client');
  });

  it('of HTTP are requests and answers as they came', () => {
    const told = framesOf(samples.HTTP);
    const sent = (direction: Direction): string[] => samples.HTTP.steps.filter(([of]) => of === direction).map(([, text]) => text); // prettier-ignore
    expect(of(told, 'frame.http1.request')).toEqual(sent(0));
    expect(of(told, 'frame.http1.response')).toEqual(sent(1));
    expect(of(told, 'frame.http1.stream', 0)).toEqual([sent(0).join('')]);
    // One byte after the other is the same.
    const slowly = samples.HTTP.steps.flatMap(([direction, text]) => Array.from(text, (c) => [direction, c] as const));
    const bits = framesOf({ ...samples.HTTP, steps: slowly });
    expect(of(bits, 'frame.http1.response')).toEqual(sent(1));
    expect(of(bits, 'frame.http1.request')).toEqual(sent(0));
  });

  it('have a piece for each side of what was lost', () => {
    const steps = [
      [0, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'],
      [1, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'],
    ] as const;
    const told = framesOf({ port: 80, steps }, undefined, (flow) => {
      flow.gap(1, 3);
      flow.data(1, raw('def'));
    });
    expect(of(told, 'frame.http1.response')).toEqual([steps[1][1], 'def']);
    expect(of(told, 'frame.http1.stream', 1)).toEqual([steps[1][1], 'def']);
  });

  it('of SMB are sessions and each of their commands, also where bytes of one were lost', () => {
    const told = framesOf(samples.SMB);
    const sent = samples.SMB.steps.map(([, text]) => text);
    expect(of(told, 'frame.smb.nbss.pdu')).toEqual(sent);
    expect(of(told, 'frame.smb.nbss.hdr')[0]).toBe(sent[0]!.slice(0, 4));
    expect(of(told, 'frame.smb.smb2.pdu')).toEqual(sent.map((text) => text.slice(4)));
    expect(of(told, 'frame.smb.smb2.hdr')[0]).toHaveLength(64);
    expect(of(told, 'frame.smb.smb2.data')[4]).toContain('MZ content');
    const [first] = sent;
    const long = `\0${n24(first!.length - 4 + 100)}${first!.slice(4)}${'x'.repeat(40)}`;
    const after = framesOf({ port: 445, steps: [[0, long]] }, undefined, (flow) => {
      flow.gap(0, 50);
      flow.data(0, raw(`${'y'.repeat(10)}${first!}`));
    });
    expect(of(after, 'frame.smb.smb2.pdu').map((one) => one.length)).toEqual([first!.length + 36, first!.length - 4]);
    const lost = framesOf({ port: 445, steps: [[0, long]] }, undefined, (flow) => {
      flow.gap(0, 61);
      flow.data(0, raw(first!));
    });
    expect(of(lost, 'frame.smb.smb2.pdu')).toEqual([]);
  });

  it('of DCE/RPC, TLS, DNS, WebSocket and LDAP are their messages', () => {
    const rpc = framesOf(samples.DCERPC);
    expect(of(rpc, 'frame.dcerpc.pdu')[0]).toBe(samples.BIND);
    expect(of(rpc, 'frame.dcerpc.hdr')[0]).toBe(samples.BIND.slice(0, 16));
    expect(of(rpc, 'frame.dcerpc.data').at(-1)).toContain('back');
    const tls = framesOf({ ...samples.TLS, steps: [...samples.TLS.steps, [1, '\x15\x03\x03\0\x02\x02\x28']] });
    expect(of(tls, 'frame.tls.hdr')[0]).toMatch(/^\x16\x03\x03/);
    expect(of(tls, 'frame.tls.alert')).toEqual(['\x02\x28']);
    const record = `\x17\x03\x03\0\x06secret`;
    const data = framesOf({ ...samples.TLS, steps: [...samples.TLS.steps, [0, record]] });
    expect(of(data, 'frame.tls.pdu', 0).at(-1)).toBe(record);
    expect(of(framesOf(samples.DNS_TCP), 'frame.dns.pdu')).toEqual([samples.query, samples.reply]);
    expect(of(framesOf(samples.WEBSOCKET), 'frame.websocket.header')).toEqual(['\x81\x02', '\x81\x83\x01\x02\x03\x04']);
    expect(of(framesOf(samples.WEBSOCKET), 'frame.websocket.data')).toEqual(['hi', 'bdb']);
    expect(of(framesOf(samples.LDAP), 'frame.ldap.pdu', 0)).toEqual(
      samples.LDAP.steps.filter(([direction]) => direction === 0).map(([, text]) => text),
    );
  });

  it('of MQTT and EtherNet/IP are their messages', () => {
    expect(of(framesOf(samples.MQTT), 'frame.mqtt.header')[1]).toBe('\x20\x02');
    expect(of(framesOf(samples.ENIP), 'frame.enip.cip', 1)).toEqual(['\x8e\0\x05\0']);
    expect(of(framesOf(samples.ENIP), 'frame.enip.hdr')[0]).toHaveLength(24);
  });

  it('are bounded: of a stream without end its beginning is kept', () => {
    const told = framesOf({ port: 80, steps: [[0, 'GET / HTTP/1.1\r\n\r\n']] }, undefined, (flow) => {
      for (let i = 0; i < 1000; i++) {
        flow.data(1, raw(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1400)}`));
        flow.gap(1, 1);
      }
    });
    const kept = of(told, 'frame.http1.stream', 1);
    expect(kept.reduce((sum, one) => sum + one.length, 0)).toBeLessThanOrEqual(512 * 1024);
    expect(kept.length).toBeLessThanOrEqual(257);
  });

  it(
    'of damaged bytes are bytes that came, and never an error',
    () => {
      const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 5 });
      fc.assert(
        fc.property(fc.constantFrom(...samples.SAMPLES.values()), damage, fc.nat(60), (sample, changes, missing) => {
          const steps = sample.steps.map(([direction, text]) => {
            const bytes = raw(text);
            for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
            return [direction, latin(bytes)] as const;
          });
          const sent = ([0, 1] as const).map((direction) =>
            steps
              .filter(([of]) => of === direction)
              .map(([, text]) => text)
              .join(''),
          );
          const told = framesOf({ ...sample, steps }, undefined, (flow) => {
            flow.gap(0, missing);
            flow.gap(1, missing);
          });
          for (const { direction, pieces } of told)
            for (const piece of pieces) expect(sent[direction]!.includes(piece)).toBe(true);
        }),
        { numRuns: 300, seed: 1 },
      );
    },
    SLOW,
  );
});
