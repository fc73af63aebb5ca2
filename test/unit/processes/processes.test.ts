/** Whose a flow is, from a /proc that the tests make. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canTellProcesses, FlowProcesses } from '../../../src-main/meter/enrich/processes/flow-processes.ts';
import { Sockets } from '../../../src-main/meter/enrich/processes/sockets.ts';
import { FLOW_EVENT, makeFlowBatch, makeFlowEventBatch, type FlowBatch } from '../../../src-main/meter/flows/types.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { parseAddress } from '../../../src-shared/domain/network.ts';
import { needs } from '../../setup/skip.ts';

const OWN = '192.168.1.7';
const [TCP, UDP] = [6, 17];
const UID = process.getuid?.() ?? 0;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sonde-proc-'));
  mkdirSync(join(root, 'net'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** As the kernel writes it on a little-endian machine. */
function end(address: string, port: number): string {
  const bytes = [...parseAddress(address)!].slice(address.includes(':') ? 0 : 12);
  const words = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.slice(at * 4, at * 4 + 4).toReversed());
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0').toUpperCase();
  return `${words
    .flat()
    .map((byte) => hex(byte, 2))
    .join('')}:${hex(port, 4)}`;
}

function line(own: [string, number], peer: [string, number], inode: number, uid = UID): string {
  return `   0: ${end(...own)} ${end(...peer)} 01 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 0000000000000000\n`;
}

function table(name: string, ...lines: string[]): void {
  writeFileSync(join(root, 'net', name), `  sl  local_address rem_address\n${lines.join('')}`);
}

function program(pid: number, name: string, ...inodes: number[]): void {
  const folder = join(root, String(pid));
  mkdirSync(join(folder, 'fd'), { recursive: true });
  inodes.forEach((inode, at) => symlinkSync(`socket:[${inode}]`, join(folder, 'fd', String(at + 3))));
  symlinkSync('/dev/null', join(folder, 'fd', '0'));
  writeFileSync(join(folder, 'comm'), `${name.slice(0, 15)}\n`);
}

interface Opened {
  flow: number;
  proto: number;
  from: [string, number];
  to: [string, number];
}

class Bench {
  readonly hosts = new HostTable();
  readonly programs: FlowProcesses;

  constructor(addresses: readonly string[] = [OWN, 'fd00::7', '127.0.0.1']) {
    const passwd = join(root, 'passwd');
    writeFileSync(passwd, `daemon:x:1:1::/:/bin/false\nanna:x:${UID}:1000::/home:/bin/sh\n`);
    this.programs = new FlowProcesses({ root, passwd, addresses: () => addresses, everyMs: 600_000 });
  }

  private host(address: string): number {
    const view = new DataView(parseAddress(address)!.buffer);
    return this.hosts.intern(
      Uint32Array.from([0, 4, 8, 12], (at) => view.getUint32(at)),
      0,
    );
  }

  open(...all: Opened[]): void {
    const events = makeFlowEventBatch(Math.max(1, all.length));
    for (const { flow, proto, from, to } of all) {
      const c = events.columns;
      const at = events.count++;
      c.kind[at] = FLOW_EVENT.OPEN;
      [c.flow[at], c.proto[at]] = [flow, proto];
      [c.origHost[at], c.origPort[at]] = [this.host(from[0]), from[1]];
      [c.respHost[at], c.respPort[at]] = [this.host(to[0]), to[1]];
    }
    this.programs.observe({ events, flows: makeFlowBatch(1) }, this.hosts);
  }

  end(...flows: number[]): FlowBatch['meta'] {
    const batch = makeFlowBatch(flows.length);
    batch.count = flows.length;
    flows.forEach((flow, row) => (batch.columns.id[row] = flow));
    this.programs.observe({ events: makeFlowEventBatch(1), flows: batch }, this.hosts);
    return batch.meta;
  }

  /** The program of a flow that opens, is looked for, and ends. */
  async of(opened: Opened) {
    this.open(opened);
    await this.programs.look();
    return this.end(opened.flow)[0]?.process;
  }
}

describe('the program of a flow', () => {
  it('is the one that has its socket, from this machine or to it', async () => {
    table('tcp', line([OWN, 40_000], ['203.0.113.9', 443], 111), line([OWN, 22], ['192.168.1.9', 50_000], 222));
    program(70, 'curl', 111);
    program(71, 'sshd', 222);
    const bench = new Bench();
    const out = { flow: 1, proto: TCP, from: [OWN, 40_000], to: ['203.0.113.9', 443] } satisfies Opened;
    expect(await bench.of(out)).toEqual({ pid: 70, name: 'curl', user: 'anna' });
    const into = { flow: 2, proto: TCP, from: ['192.168.1.9', 50_000], to: [OWN, 22] } satisfies Opened;
    expect(await bench.of(into)).toMatchObject({ pid: 71, name: 'sshd' });
  });

  it('is found by an end alone where a socket has no peer, and by any address', async () => {
    table('udp', line(['0.0.0.0', 5353], ['0.0.0.0', 0], 333));
    table('udp6', line(['::', 546], ['::', 0], 444));
    program(80, 'resolver', 333);
    program(81, 'dhclient', 444);
    const bench = new Bench();
    const to = ['192.168.1.1', 5353] as [string, number];
    expect(await bench.of({ flow: 1, proto: UDP, from: [OWN, 5353], to })).toMatchObject({ name: 'resolver' });
    const six = { flow: 2, proto: UDP, from: ['fd00::7', 546], to: ['fd00::1', 547] } satisfies Opened;
    expect(await bench.of(six)).toMatchObject({ name: 'dhclient' });
    // The same port of another protocol is another socket.
    expect(await bench.of({ flow: 3, proto: TCP, from: [OWN, 5353], to })).toBeUndefined();
  });

  it('is found for IPv4 over a socket of IPv6', async () => {
    table('tcp6', line(['::ffff:192.168.1.7', 8080], ['::ffff:192.168.1.9', 51_000], 555));
    program(90, 'java', 555);
    const flow = { flow: 1, proto: TCP, from: ['192.168.1.9', 51_000], to: [OWN, 8080] } satisfies Opened;
    expect(await new Bench().of(flow)).toMatchObject({ name: 'java' });
  });

  it('is unknown for flows of others, and where nobody may be asked', async () => {
    table('tcp', line([OWN, 40_000], ['203.0.113.9', 443], 111), line([OWN, 40_001], ['203.0.113.9', 443], 0));
    const bench = new Bench();
    const to = ['203.0.113.9', 443] as [string, number];
    expect(await bench.of({ flow: 1, proto: TCP, from: ['192.168.1.99', 40_000], to })).toBeUndefined();
    // No process shows this socket.
    expect(await bench.of({ flow: 2, proto: TCP, from: [OWN, 40_000], to })).toBeUndefined();
    expect(await bench.of({ flow: 3, proto: TCP, from: [OWN, 40_001], to })).toBeUndefined();
  });

  it('keeps what was learned of a flow beside it, and says nothing of one that ended before the look', async () => {
    table('tcp', line([OWN, 40_000], ['203.0.113.9', 443], 111));
    program(70, 'a name\u0007 with a bell', 111);
    const bench = new Bench();
    const flow = { flow: 1, proto: TCP, from: [OWN, 40_000], to: ['203.0.113.9', 443] } satisfies Opened;
    bench.open(flow);
    expect(bench.end(1)[0]).toBeUndefined();
    await bench.programs.look();
    expect(bench.end(1)[0]).toBeUndefined();
    expect((await bench.of({ ...flow, flow: 2 }))?.name).toBe('a name? with a'.slice(0, 14));
  });

  it('is looked for among so many at most', async () => {
    table('tcp', line([OWN, 40_000], ['203.0.113.9', 443], 111));
    program(70, 'curl', 111);
    const bench = new Bench();
    const flow = (number: number): Opened => ({
      flow: number,
      proto: TCP,
      from: [OWN, 40_000],
      to: ['203.0.113.9', 443],
    });
    bench.open(...Array.from({ length: 5000 }, (_, number) => flow(number)));
    await bench.programs.look();
    const named = bench.end(...Array.from({ length: 5000 }, (_, number) => number)).filter((meta) => meta?.process);
    expect(named.length).toBe(4096);
  });

  it('is not looked for where tables are damaged or missing', async () => {
    table('tcp', 'rubbish\n', `   0: ZZ:0016 00000000:0000\n`, '\u0000'.repeat(100));
    const flow = { flow: 1, proto: TCP, from: [OWN, 40_000], to: ['203.0.113.9', 443] } satisfies Opened;
    expect(await new Bench().of(flow)).toBeUndefined();
    rmSync(join(root, 'net'), { recursive: true });
    expect(await new Bench().of(flow)).toBeUndefined();
  });

  it('is told on Linux alone', () => {
    expect([canTellProcesses('linux'), canTellProcesses('darwin'), canTellProcesses('win32')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('takes a bounded number of lines', () => {
    const sockets = new Sockets();
    const many = line([OWN, 1], ['203.0.113.9', 1], 5).repeat(100_000);
    sockets.add(TCP, many + line([OWN, 2], ['203.0.113.9', 2], 6));
    expect(sockets.of(TCP, '0:0:ffff:c0a80107', 1, '0:0:ffff:cb007109', 1)).toEqual({ inode: 5, uid: UID });
    expect(sockets.of(TCP, '0:0:ffff:c0a80107', 2, '0:0:ffff:cb007109', 2)).toBeUndefined();
  });

  needs(process.platform === 'linux', 'written for Linux')('is this one, for a connection of ours', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const bench = new Bench();
    const real = new FlowProcesses({ addresses: () => ['127.0.0.1'], everyMs: 600_000 });
    Object.assign(bench, { programs: real });
    const from = ['127.0.0.1', socket.localPort ?? 0] as [string, number];
    const found = await bench.of({ flow: 1, proto: TCP, from, to: ['127.0.0.1', port] });
    expect(found).toMatchObject({ pid: process.pid, name: basename(process.execPath) });
    expect([userInfo().username, String(UID)]).toContain(found?.user);
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await real.close();
  });
});
