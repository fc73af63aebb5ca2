import { describe, expect, it } from 'vitest';
import { be32, inspect, join, tcp, type TestFlow } from './wire.ts';

const NEWKEYS = join(be32(12), [10, 21], new Uint8Array(10));
const KEXINIT = join(be32(28), [4, 20], new Uint8Array(26));
const opaque = (size: number): Uint8Array => new Uint8Array(size).fill(0x5a);
const ACCEPT = 52;
const FAILURE = 84;

function keys(f: TestFlow): TestFlow {
  f.client('SSH-2.0-OpenSSH_9.6\r\n').server('SSH-2.0-box_1\r\n').client(KEXINIT).server(KEXINIT);
  f.server(join(NEWKEYS, opaque(100))).client(NEWKEYS);
  // Service request and its acceptance; the "none" request and the list of methods.
  return f.client(opaque(ACCEPT)).server(opaque(ACCEPT)).client(opaque(68)).server(opaque(FAILURE));
}

describe('SSH', () => {
  it('reads both banners on any port', () => {
    const { meta, wire } = inspect(tcp(2022), (f) => f.server('SSH-2.0-box_1\r\n').client('SSH-2.0-OpenSSH_9.6\r\n'));
    expect(meta).toMatchObject({
      service: 'ssh',
      app: 'SSH',
      facts: { 'ssh.server': 'SSH-2.0-box_1', 'ssh.client': 'SSH-2.0-OpenSSH_9.6' },
    });
    expect(wire.of('ssh').map((m) => m.what)).toEqual(['banner', 'banner']);
  });

  it('tells failed tries from success by the sizes of the packets', () => {
    const { meta, wire } = inspect(tcp(22), (f) => {
      keys(f).client(opaque(148)).server(opaque(FAILURE)).client(opaque(148)).server(opaque(FAILURE));
      f.client(opaque(148))
        .server(opaque(ACCEPT - 16))
        .client(opaque(148))
        .server(opaque(FAILURE));
    });
    expect(
      wire
        .of('ssh')
        .slice(2)
        .map((m) => m.what),
    ).toEqual(['auth-failed', 'auth-failed', 'auth-succeeded']);
    expect(meta?.facts['ssh.auth']).toBe('succeeded after 2 failures');
  });

  it('counts a first request that carries a secret as a try', () => {
    const { wire } = inspect(tcp(22), (f) => {
      f.client('SSH-2.0-tool\r\n')
        .server('SSH-2.0-box\r\n')
        .client(KEXINIT)
        .server(KEXINIT)
        .server(NEWKEYS)
        .client(NEWKEYS);
      f.client(opaque(ACCEPT)).server(opaque(ACCEPT)).client(opaque(148)).server(opaque(FAILURE));
    });
    expect(wire.of('ssh').map((m) => m.what)).toEqual(['banner', 'banner', 'auth-failed']);
  });

  it.each([
    // chacha20-poly1305 and packets of 8 bytes, as OpenSSH 9 sends them: names of four, six and twelve letters
    ['a short name', 44, 60],
    ['a name of six letters', 44, 68],
    ['a name of twelve letters', 44, 68],
    // aes-ctr with a MAC beside, blocks of 16
    ['a name of eight letters, in blocks of 16', 68, 84],
  ])('does not count the question for methods as a try: %s', (_, accept, none) => {
    const { wire } = inspect(tcp(22), (f) => {
      f.client('SSH-2.0-OpenSSH_9.2\r\n').server('SSH-2.0-box\r\n').client(KEXINIT).server(KEXINIT);
      f.server(NEWKEYS).client(NEWKEYS).client(opaque(accept)).server(opaque(accept));
      f.client(opaque(none)).server(opaque(FAILURE)).client(opaque(148)).server(opaque(FAILURE));
    });
    expect(wire.of('ssh').map((m) => m.what)).toEqual(['banner', 'banner', 'auth-failed']);
  });

  it('says in words how often it was tried', () => {
    const tried = (times: number): string | undefined =>
      inspect(tcp(22), (f) => {
        f.client('SSH-2.0-OpenSSH_9.2\r\n').server('SSH-2.0-box\r\n').client(KEXINIT).server(KEXINIT);
        f.server(NEWKEYS)
          .client(NEWKEYS)
          .client(opaque(44))
          .server(opaque(44))
          .client(opaque(68))
          .server(opaque(FAILURE));
        for (let i = 0; i < times; i++) f.client(opaque(148)).server(opaque(FAILURE));
      }).meta?.facts['ssh.auth'];
    expect([tried(1), tried(2)]).toEqual(['failed once', 'failed 2 times']);
  });

  it('says nothing of logins when the key exchange was not seen', () => {
    const { wire } = inspect({ ...tcp(22), syn: false }, (f) =>
      f.server(opaque(84)).client(opaque(84)).server(opaque(36)),
    );
    expect(wire.of('ssh')).toEqual([]);
  });
});
