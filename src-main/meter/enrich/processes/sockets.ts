/** The sockets of this machine, as Linux lists them: /proc/net/{tcp,tcp6,udp,udp6} (proc_pid_net(5), net/ipv4/tcp_ipv4.c). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Socket {
  /** 0: nobody has it any more (a connection that waits for its end). */
  inode: number;
  /** Of the user whose it is. */
  uid: number;
}

/** IANA's numbers. */
const TABLES = [
  ['tcp', 6],
  ['tcp6', 6],
  ['udp', 17],
  ['udp6', 17],
] as const;
/** Lines that are read of a table: a busy server has so many. */
const LINES_MAX = 100_000;
/** number, local, remote, state, queues, timer, retransmits, uid, timeout, inode. */
const LINE =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]{2} \S+ \S+ \S+\s+(\d+)\s+\d+ (\d+)/;

/** Four words of an address (IPv4 mapped into IPv6) as text that can be compared. */
export function wordsKey(words: ArrayLike<number>, at: number): string {
  return `${words[at]!.toString(16)}:${words[at + 1]!.toString(16)}:${words[at + 2]!.toString(16)}:${words[at + 3]!.toString(16)}`;
}

const NOBODY = '0:0:0:0';

/** The kernel prints each 32 bits of an address as a number in its own order of bytes, which is little-endian here. */
function word(digits: string): number {
  const [, d, c, b, a] = /^(..)(..)(..)(..)$/.exec(digits)!;
  return parseInt(`${a}${b}${c}${d}`, 16);
}

function addressKey(digits: string): string {
  if (digits.length === 8) {
    const address = word(digits);
    return address === 0 ? NOBODY : wordsKey([0, 0, 0xffff, address], 0);
  }
  return wordsKey(
    [0, 8, 16, 24].map((at) => word(digits.slice(at, at + 8))),
    0,
  );
}

/** An end: protocol, address, port. */
export function endKey(proto: number, address: string, port: number): string {
  return `${proto} ${address} ${port}`;
}

/** All sockets at one moment: those with a peer by both ends, the others by their own. */
export class Sockets {
  private readonly connected = new Map<string, Socket>();
  private readonly open = new Map<string, Socket>();

  add(proto: number, text: string): void {
    let lines = 0;
    for (const line of text.split('\n')) {
      if (lines++ >= LINES_MAX) return;
      const [, local, localPort, remote, remotePort, uid, inode] = LINE.exec(line) ?? [];
      if (local === undefined || inode === '0') continue;
      const own = endKey(proto, addressKey(local), parseInt(localPort!, 16));
      const peer = addressKey(remote!);
      const socket = { inode: Number(inode), uid: Number(uid) };
      if (peer === NOBODY) this.open.set(own, socket);
      else this.connected.set(`${own} ${peer} ${parseInt(remotePort!, 16)}`, socket);
    }
  }

  /** Of the connection, else of whoever is reached at this end, at this address or at any. */
  of(proto: number, own: string, port: number, peer: string, peerPort: number): Socket | undefined {
    const end = endKey(proto, own, port);
    return (
      this.connected.get(`${end} ${peer} ${peerPort}`) ??
      this.open.get(end) ??
      this.open.get(endKey(proto, NOBODY, port))
    );
  }
}

/** What cannot be read is left out: a kernel without IPv6 has no tables of it. `root`: /proc. */
export async function readSockets(root: string): Promise<Sockets> {
  const sockets = new Sockets();
  for (const [name, proto] of TABLES) {
    const text = await readFile(join(root, 'net', name), 'latin1').catch(() => '');
    sockets.add(proto, text);
  }
  return sockets;
}
