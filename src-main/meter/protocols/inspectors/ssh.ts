/**
 * SSH (RFC 4253, RFC 4252): banners, then what the sizes of the encrypted packets say about logins.
 *
 * Once both sides use new keys, the server's answer to the service request carries 17 bytes of payload, and
 * USERAUTH_SUCCESS a single one: with any cipher and MAC the success packet is exactly 16 bytes shorter (block sizes 8
 * and 16 alike). USERAUTH_FAILURE lists the methods left and keeps its size from try to try.
 */
import { find, matches, printable, text, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';

const BANNER_MAX = 255;
const PACKET_MAX = 40000;
const NEWKEYS = 21;
/** Server packets looked at after the keys are in use; logins are decided long before. */
const PACKETS_MAX = 256;

/**
 * A request by the method "none" has 31 bytes of payload and the user's name, the acceptance of the service 17, a password
 * at least 40 with both names: up to twelve letters of name "none" is longer by at most 24, whatever the block size; a
 * password by 32 or more unless name and password have three letters together.
 */
const NONE_MORE = 24;

const BANNER = 0;
const CLEAR = 1;
const ENCRYPTED = 2;

class SshSession implements Session {
  private readonly state: [number, number] = [BANNER, BANNER];
  private sshOne = false;
  /** The client asked for the service, and the size of what the server then said first. */
  private asked = false;
  private accept = 0;
  private failure = 0;
  private failures = 0;
  private request = 0;
  private packets = 0;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    const dir = fromOrig ? 0 : 1;
    let next = at;
    while (next < end) {
      if (this.state[dir] === ENCRYPTED) {
        this.encrypted(flow, fromOrig, end - next);
        return end;
      }
      const position =
        this.state[dir] === BANNER ? this.banner(flow, dir, data, next, end) : this.clear(dir, data, next, end);
      if (position < 0) return next;
      next = position;
      if (flow.finished) return end;
    }
    return next;
  }

  gap(_flow: FlowContext, fromOrig: boolean): boolean {
    // Sizes of encrypted packets can be told only while every segment is seen.
    return this.state[fromOrig ? 0 : 1] === ENCRYPTED;
  }

  private banner(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    const lf = find(data, 0x0a, at, Math.min(end, at + 1024));
    if (lf < 0) {
      if (end - at < 1024) return -1;
      flow.weird('ssh-bad-banner');
      flow.finish();
      return end;
    }
    if (matches(data, at, end, 'SSH-') !== 2) return lf + 1;
    if (lf - at > BANNER_MAX) flow.weird('ssh-bad-banner', `${lf - at} bytes`);
    const line = text(data, at, data[lf - 1] === 0x0d ? lf - 1 : lf, BANNER_MAX);
    this.state[dir] = CLEAR;
    this.sshOne = line.startsWith('SSH-1.') && !line.startsWith('SSH-1.99');
    flow.fact(dir === 0 ? 'ssh.client' : 'ssh.server', line);
    flow.emit({ ...flow.head(), kind: 'ssh', software: printable(line), what: 'banner' });
    if (this.sshOne) flow.stop(dir === 0);
    return lf + 1;
  }

  /** Packets of the key exchange. */
  private clear(dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    if (at + 6 > end) return -1;
    const length = u32(data, at);
    if (length < 2 || length > PACKET_MAX) {
      this.state[dir] = ENCRYPTED;
      return end;
    }
    if (data[at + 5] === NEWKEYS) this.state[dir] = ENCRYPTED;
    return at + 4 + length;
  }

  /** One segment of encrypted bytes: OpenSSH and most others write each packet of the login by itself. */
  private encrypted(flow: FlowContext, fromOrig: boolean, size: number): void {
    if (this.state[0] !== ENCRYPTED || this.state[1] !== ENCRYPTED) return;
    if (fromOrig) {
      this.asked = true;
      this.request = size;
      return;
    }
    if (!this.asked) return;
    if (++this.packets > PACKETS_MAX) {
      flow.finish();
      return;
    }
    if (this.accept === 0) {
      this.accept = size;
    } else if (size === this.accept - 16) {
      this.outcome(flow, 'auth-succeeded');
      flow.finish();
    } else if (this.failure === 0) {
      this.failure = size;
      // The first request of most clients asks which methods there are ("none"): that is no try.
      if (this.request > this.accept + NONE_MORE) this.failed(flow);
    } else if (size === this.failure) {
      this.failed(flow);
    }
  }

  private failed(flow: FlowContext): void {
    this.failures++;
    this.outcome(flow, 'auth-failed');
  }

  private outcome(flow: FlowContext, what: 'auth-failed' | 'auth-succeeded'): void {
    if (what === 'auth-succeeded')
      flow.fact(
        'ssh.auth',
        this.failures > 0
          ? `succeeded after ${this.failures === 1 ? 'one failure' : `${this.failures} failures`}`
          : 'succeeded',
      );
    flow.emit({ ...flow.head(), kind: 'ssh', software: '', what });
  }

  end(flow: FlowContext): void {
    if (this.failures > 0) flow.fact('ssh.auth', `failed ${this.failures === 1 ? 'once' : `${this.failures} times`}`);
  }
}

function probe(p: Probe): Verdict {
  const answer = matches(p.data, p.at, p.end, 'SSH-');
  if (answer === NO) return NO;
  if (p.end - p.at < 6) return MAYBE;
  const digit = p.data[p.at + 4]!;
  return digit === 0x31 || digit === 0x32 ? YES : NO;
}

export const ssh: Inspector = {
  id: 'ssh',
  over: 'tcp',
  ports: [22, 2222],
  first: [0x53],
  service: 'ssh',
  app: 'SSH',
  probe,
  open: () => new SshSession(),
};
