/** The capture helper over a virtual cable: what was sent is what is read, and everything that goes wrong is said. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HelperSource } from '../../../src-main/meter/capture/client/helper-source.ts';
import { checkFilterByHelper, listByHelper, probeHelper } from '../../../src-main/meter/capture/client/run-helper.ts';
import { openCap } from '../../../src-main/meter/capture/sources/cap-source.ts';
import { findDumpcap, openDumpcap } from '../../../src-main/meter/capture/sources/dumpcap-source.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { needs, suiteNeeds } from '../../setup/skip.ts';
import {
  Cable,
  HELPER,
  hasSetcap,
  hasTcpreplay,
  pause,
  readAll,
  removeFolder,
  ROOT,
  temporaryFolder,
  whyNoCable,
  whyNoHelper,
} from './network.ts';

const noHelper = await whyNoHelper();
const noCable = await whyNoCable();
const noReplay = noCable || (hasTcpreplay() ? '' : 'tcpreplay, dumpcap or setcap is not installed');
const PACKETS = 20_000;
const folder = temporaryFolder();
const traffic = join(folder, 'traffic.pcap');
const now = (): number => performance.timeOrigin + performance.now();
afterAll(() => removeFolder(folder));

/** Of a capture file: the bytes of its packets in order. */
async function sent(): Promise<string[]> {
  const reader = await openCaptures([traffic]);
  const packets: string[] = [];
  for (let batch = await reader.read(); batch; batch = await reader.read()) {
    const { offset, captured } = batch.columns;
    for (let i = 0; i < batch.count; i++) {
      packets.push(Buffer.from(batch.data.subarray(offset[i], offset[i]! + captured[i]!)).toString('base64'));
    }
    reader.release(batch);
  }
  await reader.close();
  return packets;
}

suiteNeeds(noHelper === '', noHelper)('without a device', () => {
  it('says its version and whether it may capture', async () => {
    expect(await probeHelper(HELPER)).toMatchObject({ path: HELPER, version: { version: '0.1.0', protocol: 1 } });
  });

  it('lists network interfaces and nothing else that libpcap knows', async () => {
    const listed = await listByHelper(HELPER);
    expect(listed.find(({ name }) => name === 'lo')).toMatchObject({ loopback: true });
    const known = new Set([...readdirSync('/sys/class/net'), 'any']);
    expect(listed.filter(({ name }) => !known.has(name))).toEqual([]);
  });

  it('checks filters with the real compiler, for the link type', async () => {
    expect(await checkFilterByHelper(HELPER, 'tcp port 443 and not net 10.0.0.0/8')).toBeNull();
    expect(await checkFilterByHelper(HELPER, '  ')).toBeNull();
    expect(await checkFilterByHelper(HELPER, 'tcp prt 443')).toMatch(/syntax error/);
    expect(await checkFilterByHelper(HELPER, 'ether host 00:11:22:33:44:55', 1)).toBeNull();
    expect(await checkFilterByHelper(HELPER, 'ether host 00:11:22:33:44:55', 101)).toMatch(/ether/);
    expect(await checkFilterByHelper(HELPER, 'x'.repeat(5000))).toMatch(/4096/);
  });
});

suiteNeeds(noReplay === '', noReplay)('over a cable', () => {
  let cable: Cable;
  beforeAll(() => {
    const generator = [
      join(ROOT, 'test/generator/main.ts'),
      '--packets',
      String(PACKETS),
      '--seed',
      '5',
      '--out',
      traffic,
    ];
    execFileSync(process.execPath, generator, { stdio: 'ignore' });
    cable = new Cable('h');
  });
  afterAll(() => cable.remove());
  const open = (options: Partial<Parameters<typeof HelperSource.open>[0]> = {}): Promise<HelperSource> =>
    HelperSource.open({ path: HELPER, interface: cable.name, ...options });

  it('every packet is read as it was sent, in order, with the times of now and right counts', async () => {
    const began = now() / 1000;
    const source = await open();
    const reading = readAll(source, true);
    await cable.replay(traffic, '--mbps=100');
    await pause(1200);
    source.stop();
    const seen = await reading;
    const ended = now() / 1000;
    await source.close();
    expect(seen.packets.map(({ data }) => data)).toEqual(await sent());
    let before = began;
    for (const { sec, nano } of seen.packets) {
      const time = sec + nano * 1e-9;
      expect(time).toBeGreaterThan(before - 0.01);
      before = time;
    }
    expect(before).toBeLessThan(ended);
    expect(new Set(seen.packets.map(({ nano }) => nano % 1000)).size).toBeGreaterThan(100);
    expect(seen.statistics.at(-1)).toMatchObject({
      received: seen.count,
      droppedKernel: 0,
      droppedInterface: 0,
      up: true,
    });
    expect(seen.statistics.length).toBeGreaterThanOrEqual(2);
    expect(seen.others).toEqual([{ kind: 'end', reason: 'stopped', error: null }]);
  });

  it('a packet alone is read within 60 ms', async () => {
    const source = await open();
    const delays: number[] = [];
    let packets = 0;
    const reading = (async () => {
      for (let event = await source.next(); event; event = await source.next()) {
        if (event.kind !== 'packets') continue;
        const { sec, nano } = event.batch.columns;
        // Of the one that waited longest, where a busy machine reads two at once.
        delays.push(now() - (sec[0]! * 1000 + nano[0]! / 1e6));
        packets += event.batch.count;
        source.release(event.batch);
      }
    })();
    await cable.replay(traffic, '--pps=50', '--limit=60');
    source.stop();
    await reading;
    await source.close();
    expect(packets).toBeGreaterThan(50);
    // 25 ms is the helper's bound; the rest is for a busy machine.
    expect(delays.sort((a, b) => a - b)[Math.floor(delays.length * 0.9)]).toBeLessThan(60);
  });

  it('the filter, the snap length and the buffer are obeyed', async () => {
    const source = await open({ filter: 'udp', snaplen: 96, bufferMiB: 8, promiscuous: false });
    expect(source.started).toMatchObject({ snaplen: 96, link: 1, kernelTimestamps: true });
    const reading = readAll(source, true);
    await cable.replay(traffic, '--mbps=200');
    await pause(300);
    source.stop();
    const seen = await reading;
    await source.close();
    const wanted = (await sent()).map((data) => Buffer.from(data, 'base64'));
    const udp = wanted.filter((p) => isUdp(p)).map((p) => p.subarray(0, 96).toString('base64'));
    expect(udp.length).toBeGreaterThan(100);
    expect(seen.packets.map(({ data }) => data)).toEqual(udp);
  });

  it('a reader that is too slow loses packets in the kernel, where they are counted', async () => {
    const source = await open({ bufferMiB: 1 });
    await cable.replay(traffic, '--topspeed', '--loop=6');
    await pause(1500);
    const reading = readAll(source);
    await pause(1500);
    source.stop();
    const seen = await reading;
    await source.close();
    const last = seen.statistics.at(-1);
    expect(last?.droppedKernel).toBeGreaterThan(0);
    expect(seen.count + (last?.droppedKernel ?? 0)).toBe(6 * PACKETS);
    expect(last?.received).toBe(seen.count);
  });

  needs(findDumpcap() !== undefined, 'tcpreplay, dumpcap or setcap is not installed')(
    'dumpcap gives the same packets',
    async () => {
      const source = await openDumpcap({ path: findDumpcap() ?? '', interface: cable.name, bufferMiB: 64, now });
      const reading = readAll(source, true);
      await cable.replay(traffic, '--mbps=100');
      await pause(1200);
      source.stop();
      const seen = await reading;
      await source.close();
      expect(seen.packets.map(({ data }) => data)).toEqual(await sent());
      expect(seen.statistics[0]).toMatchObject({ droppedKernel: null });
      expect(seen.statistics.at(-1)).toMatchObject({ received: PACKETS, droppedKernel: 0 });
      expect(seen.others).toEqual([{ kind: 'end', reason: 'stopped', error: null }]);
    },
  );

  it('cap gives the same packets, and says what it does not know', async () => {
    const source = await openCap({ interface: cable.name, now });
    expect(source.started).toMatchObject({ engine: 'cap', kernelTimestamps: false });
    const reading = readAll(source, true);
    await cable.replay(traffic, '--mbps=20');
    await pause(300);
    source.stop();
    const seen = await reading;
    await source.close();
    expect(seen.packets.map(({ data }) => data)).toEqual(await sent());
    expect(seen.statistics.at(-1)).toMatchObject({ received: PACKETS, droppedKernel: null, droppedInterface: null });
  });
});

/** Ethernet with IPv4 or IPv6, and UDP in it (the generator writes no extension headers before UDP). */
function isUdp(packet: Buffer): boolean {
  const type = packet.readUInt16BE(12);
  return (type === 0x0800 && packet[23] === 17) || (type === 0x86dd && packet[20] === 17);
}

suiteNeeds(noCable === '', noCable)('when something goes wrong', () => {
  let cable: Cable;
  beforeAll(() => (cable = new Cable('w')));
  afterAll(() => cable.remove());
  const open = (): Promise<HelperSource> => HelperSource.open({ path: HELPER, interface: cable.name });

  it.each([
    ['no such interface', { interface: 'nosuch0' }, 'no-interface'],
    ['a filter that is none', { filter: 'tcp prt 80' }, 'bad-filter'],
  ])('%s is said at the start', async (_, options, code) => {
    await expect(HelperSource.open({ path: HELPER, interface: cable.name, ...options })).rejects.toMatchObject({
      code,
    });
  });

  it('an interface that is down is said at the start', async () => {
    cable.set('down');
    try {
      await expect(open()).rejects.toMatchObject({ code: 'interface-down' });
    } finally {
      cable.set('up');
    }
  });

  it('an interface that goes down and up is said, and captured on again', async () => {
    const source = await open();
    const reading = readAll(source);
    cable.set('down');
    await pause(1300);
    cable.set('up');
    await pause(1300);
    cable.start('sh', ['-c', `ip addr add 192.0.2.9/24 dev ${cable.far}; ip link set ${cable.far} arp on`]);
    await pause(200);
    cable.start('sh', ['-c', 'echo x | timeout 1 bash -c "cat > /dev/udp/192.0.2.77/9"']);
    await pause(1000);
    source.stop();
    const seen = await reading;
    await source.close();
    const said = seen.others.map((event) => (event.kind === 'notice' ? event.code : event.kind));
    expect(said).toEqual(['interface-down', 'interface-up', 'end']);
    expect(seen.count).toBeGreaterThan(0);
  });

  it('an interface that is gone ends the capture within 2 s', async () => {
    const source = await open();
    const reading = readAll(source);
    await pause(100);
    const began = performance.now();
    cable.unplug();
    const seen = await reading;
    expect(performance.now() - began).toBeLessThan(2000);
    await source.close();
    cable.plug();
    expect(seen.others.at(-1)).toMatchObject({
      kind: 'end',
      reason: 'interface-gone',
      error: { code: 'interface-gone' },
    });
  });

  it('a killed helper is noticed within 2 s', async () => {
    const source = await open();
    const reading = readAll(source);
    const began = performance.now();
    process.kill(source.pid ?? 0, 'SIGKILL');
    const seen = await reading;
    expect(performance.now() - began).toBeLessThan(2000);
    expect(seen.others.at(-1)).toMatchObject({ kind: 'end', reason: 'failed', error: { code: 'helper-lost' } });
    await source.close();
  });

  it('a helper that stands still is spoken of within 2.5 s, and goes on', async () => {
    const source = await open();
    const reading = readAll(source);
    await pause(50);
    process.kill(source.pid ?? 0, 'SIGSTOP');
    await pause(2500);
    process.kill(source.pid ?? 0, 'SIGCONT');
    await pause(300);
    source.stop();
    const seen = await reading;
    await source.close();
    expect(seen.others.map((event) => (event.kind === 'notice' ? event.code : event.kind))).toEqual(['silent', 'end']);
  });

  it('closing leaves no process behind, even while it is busy', async () => {
    const source = await open();
    const { pid } = source;
    await source.close();
    expect(existsSync(`/proc/${pid ?? 0}`)).toBe(false);
  });
});

const noSetcap = noCable || (hasSetcap() ? '' : 'tcpreplay, dumpcap or setcap is not installed');
suiteNeeds(noSetcap === '', noSetcap)('a user with nothing but the file capability', () => {
  it('captures, and keeps none of it', async () => {
    const place = join(folder, 'installed');
    const installed = join(place, 'sonde-capture');
    mkdirSync(place);
    copyFileSync(HELPER, installed);
    chmodSync(installed, 0o755);
    chmodSync(folder, 0o755);
    execFileSync('setcap', ['cap_net_raw=ep', installed]);
    const asUser = ['--reuid=54321', '--regid=54321', '--clear-groups', '--inh-caps=-all', '--bounding-set=-sys_admin'];
    const version = execFileSync('setpriv', [...asUser, installed, '--version'], { encoding: 'utf8' });
    expect(version).toBe('sonde-capture 0.1.0 protocol 1 capture yes\n');
    const child = spawn('setpriv', [...asUser, installed, '--interface', 'lo'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const first = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve));
    expect(first.toString('latin1', 0, 4)).toBe('SNDC');
    // Its bounding set stays as the user's (flag 4 is not set): that takes CAP_SETPCAP. What it may use is empty.
    expect(first.readUInt32LE(16 + 12)).toBe(3);
    const tasks = readdirSync(`/proc/${child.pid ?? 0}/task`);
    for (const task of tasks) {
      const status = readFileSync(`/proc/${child.pid ?? 0}/task/${task}/status`, 'utf8');
      expect(status).toMatch(/^Uid:\t54321\t54321\t54321\t54321$/m);
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) expect(status).toContain(`${set}:\t0000000000000000`);
      expect(status).toContain('NoNewPrivs:\t1');
      expect(status).toContain('Seccomp:\t2');
    }
    child.stdin.end();
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  });
});
