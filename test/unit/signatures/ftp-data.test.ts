/** Files over FTP’s data connections, which the connection of commands announces. */
import { describe, expect, it } from 'vitest';
import { ExpectedFlows } from '../../../src-main/detect/signatures/engine/expected.ts';
import { RuleFlow } from '../../../src-main/detect/signatures/flow/flow.ts';
import { ethernet, frame, ipv4, tcp } from '../../generator/frames.ts';
import { alerts, CLIENT, rulesOf, SERVER, Talk } from './talk.ts';

/** A connection of `from` to a port of `to`: the greeting, what is sent which way, the end. */
function data(from: string, to: string, port: number, way: 'up' | 'down', text: string): Uint8Array[] {
  const [up, down] = [
    { src: from, dst: to },
    { src: to, dst: from },
  ];
  const packet = (isUp: boolean, flags: string, seq: number, payload = ''): Uint8Array => {
    const ports = isUp ? { sport: 20, dport: port } : { sport: port, dport: 20 };
    return frame(ethernet(), ipv4(isUp ? up : down), tcp({ ...ports, seq, ack: 1, flags }), Buffer.from(payload));
  };
  return [
    packet(true, 'S', 100),
    packet(false, 'SA', 500),
    packet(true, 'A', 101),
    packet(way === 'up', 'PA', way === 'up' ? 101 : 501, text),
    packet(way === 'up', 'FA', (way === 'up' ? 101 : 501) + text.length),
    packet(way !== 'up', 'FA', way === 'up' ? 501 : 101),
  ];
}

const FILE = 'GET it? root:x:0:0 of the file';

const RULES = [
  'alert ftp-data any any -> any any (file_data; content:"root"; sid:1;)',
  'alert ftp-data any any -> any any (flow:to_server; file_data; content:"root"; sid:2;)',
  'alert ftp-data any any -> any any (flow:to_client; file_data; content:"root"; sid:3;)',
  'alert ftp-data any any -> any any (flow:to_client; ftpdata_command:retr; sid:4;)',
  'alert ftp-data any any -> any any (flow:to_client; ftpdata_command:stor; sid:5;)',
  'alert ftp-data any any -> any any (file.name; content:"shadow"; endswith; filesize:30; sid:6;)',
].join('\n');

describe('ftp-data', () => {
  it('is a file that the server brings over a connection of its own', () => {
    const talk = new Talk(21).open().down('220 ftp\r\n').up('PORT 192,168,1,10,4,1\r\n').down('200 ok\r\n');
    talk.up('RETR /etc/shadow\r\n').down('150 coming\r\n');
    const frames = [...talk.frames, ...data(SERVER, CLIENT, 1025, 'up', FILE)];
    expect(alerts(RULES, frames)).toEqual({ 1: 1, 2: 1, 4: 1, 6: 1 });
  });

  it('is a file that the client sends where the server waits', () => {
    const talk = new Talk(21).open().down('220 ftp\r\n').up('PASV\r\n').down('227 Entering (203,0,113,5,8,0)\r\n');
    talk.up('STOR shadow\r\n').down('150 go on\r\n');
    const frames = [...talk.frames, ...data(CLIENT, SERVER, 2048, 'up', FILE)];
    expect(alerts(RULES, frames)).toEqual({ 1: 1, 2: 1, 5: 1, 6: 1 });
  });

  it('hides nothing of another protocol that the bytes are of', () => {
    const talk = new Talk(21).open().down('220 ftp\r\n').up('PASV\r\n').down('227 Entering (203,0,113,5,0,80)\r\n');
    talk.up('STOR x\r\n').down('150 go on\r\n');
    const rules = [
      'alert http any any -> any any (http.uri; content:"passwd"; sid:1;)',
      'alert ftp-data any any -> any any (file_data; content:"GET"; sid:2;)',
      'alert ip any any -> any any (app-layer-protocol:http; sid:3;)',
      'alert http any any => any any (http.uri; content:"passwd"; ftpdata_command:stor; sid:4;)',
    ].join('\n');
    const sent = 'GET /etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n';
    const told = alerts(rules, [...talk.frames, ...data(CLIENT, SERVER, 80, 'up', sent)]);
    expect(told).toMatchObject({ 1: 1, 2: 1, 3: expect.any(Number) });
    expect(told).not.toHaveProperty('4');
  });

  it('is nothing that was not announced, nor to somebody else', () => {
    const talk = new Talk(21).open().down('220 ftp\r\n').up('PORT 192,168,1,10,4,1\r\n').down('200 ok\r\n');
    talk.up('LIST\r\n').down('150 coming\r\n');
    expect(alerts(RULES, [...talk.frames, ...data(SERVER, CLIENT, 1025, 'up', FILE)])).toEqual({});
    talk.up('RETR shadow\r\n');
    expect(alerts(RULES, [...talk.frames, ...data(SERVER, CLIENT, 1026, 'up', FILE)])).toEqual({});
    expect(alerts(RULES, [...talk.frames, ...data('203.0.113.66', CLIENT, 1025, 'up', FILE)])).toEqual({});
  });

  it('knows two commands', () => {
    const { refused } = rulesOf('alert ftp-data any any -> any any (ftpdata_command:list; sid:1;)');
    expect(refused).toMatchObject([{ keyword: 'ftpdata_command' }]);
  });

  it('is waited for in bounds: the oldest is forgotten, and what is late', () => {
    const waiting = new ExpectedFlows();
    const flow = (port: number, now: number): RuleFlow =>
      new RuleFlow(1, 6, Uint32Array.of(0, 0, 0xffff, 1, 0, 0, 0xffff, 2), 20, port, now);
    const expected = { protocol: 'ftp-data', listener: 1, sender: 1, command: 'retr', file: '' } as const;
    for (let port = 1; port <= 5000; port++) waiting.add(flow(21, 0), { ...expected, port });
    expect(waiting.take(flow(1, 1))).toBeUndefined();
    expect(waiting.take(flow(5000, 1))).toMatchObject({ listener: 1, sender: 1 });
    expect(waiting.take(flow(5000, 1))).toBeUndefined();
    expect(waiting.take(flow(4999, 301))).toBeUndefined();
  });
});
