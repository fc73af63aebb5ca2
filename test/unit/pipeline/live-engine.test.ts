import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Watch } from '../../../src-main/detect/incidents/findings.ts';
import type { Behaviour, BehaviourContext, Finding, Observations } from '../../../src-main/detect/types.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import { ClockGap } from '../../../src-main/run/pipeline/live/clock-gap.ts';
import { withoutOwn } from '../../../src-main/run/pipeline/live/own-traffic.ts';
import { CALM_MS, Shedding, STEP_MS } from '../../../src-main/run/pipeline/live/shedding.ts';
import { BaselineFolder } from '../../../src-main/run/pipeline/live/baseline/files.ts';
import { ROW_WIDTH, together } from '../../../src-main/run/pipeline/live/baseline/learner.ts';
import { networkOf } from '../../../src-main/run/pipeline/live/baseline/network.ts';

describe('shedding', () => {
  /** Levels after each tenth of a second of being so far behind. */
  const run = (shedding: Shedding, behind: number, from: number, seconds: number): number => {
    for (let t = from; t <= from + seconds * 1000; t += 100) shedding.note(behind, t);
    return shedding.level;
  };

  it('sheds nothing while packets are looked at in time', () => {
    expect(run(new Shedding(), 700, 0, 600)).toBe(0);
  });

  it('takes learned scores first, and protocols only where that was not enough', () => {
    const shedding = new Shedding();
    expect(shedding.note(800, 0)).toBe(true);
    expect(shedding.level).toBe(1);
    expect(run(shedding, 1400, 0, 30)).toBe(1);
    expect(shedding.note(1600, 30_001)).toBe(true);
    expect(shedding.level).toBe(2);
    expect(run(shedding, 9000, 30_002, 30)).toBe(2);
  });

  it('gives a step time to show its effect before the next', () => {
    const shedding = new Shedding();
    shedding.note(5000, 0);
    expect(shedding.note(5000, STEP_MS - 1)).toBe(false);
    expect(shedding.note(5000, STEP_MS)).toBe(true);
  });

  it('inspects all again, step by step, after a calm time', () => {
    const shedding = new Shedding();
    shedding.note(5000, 0);
    shedding.note(5000, STEP_MS);
    expect(run(shedding, 50, STEP_MS, CALM_MS / 1000 - 1)).toBe(2);
    expect(run(shedding, 50, STEP_MS + CALM_MS, 0.1)).toBe(1);
    expect(run(shedding, 50, STEP_MS + CALM_MS, CALM_MS / 1000 + 0.2)).toBe(0);
  });

  it('is not calmed by a moment in between', () => {
    const shedding = new Shedding();
    shedding.note(5000, 0);
    for (let t = 0; t < 60_000; t += 1000) {
      shedding.note(100, t);
      shedding.note(400, t + 500);
    }
    expect(shedding.level).toBe(1);
  });

  it('waits longer where detail had to go again soon after it came back', () => {
    const shedding = new Shedding();
    shedding.note(800, 0);
    run(shedding, 0, 0, CALM_MS / 1000);
    expect(shedding.level).toBe(0);
    shedding.note(800, CALM_MS + 1000);
    expect(run(shedding, 0, CALM_MS + 1000, CALM_MS / 1000 + 1)).toBe(1);
    expect(run(shedding, 0, 2 * CALM_MS + 2000, CALM_MS / 1000 + 1)).toBe(0);
  });
});

describe("Sonde's own traffic", () => {
  it('is left out of a filter', () => {
    expect(withoutOwn('', [{ address: '127.0.0.1', port: 8080 }])).toBe('not ((host 127.0.0.1 and port 8080))');
    expect(withoutOwn('udp or icmp', [{ port: 25 }, { address: '::', port: 25 }, { address: '::1', port: 1 }])).toBe(
      '(udp or icmp) and not (port 25 or (host ::1 and port 1))',
    );
    expect(withoutOwn('tcp', [])).toBe('tcp');
  });

  it.each(['tcp) or (not port 1', '(tcp', 'tcp)'])('leaves no way around it: %s', (filter) => {
    expect(() => withoutOwn(filter, [{ port: 25 }])).toThrow('brackets');
  });

  it.each([
    { address: '1.2.3.4 or tcp', port: 1 },
    { address: 'example.org', port: 1 },
    { address: '1.2.3.4', port: 0 },
    { port: 1.5 },
  ])('cannot be %o', (own) => {
    expect(() => withoutOwn('', [own])).toThrow(/no (port|address)/);
  });
});

describe('sleep', () => {
  it('is the wall clock going on without the running one', () => {
    const gap = new ClockGap();
    expect(gap.note(1_000_000, 50)).toBeNull();
    expect(gap.note(1_001_000, 1050)).toBeNull();
    // Busy for a minute is no sleep.
    expect(gap.note(1_061_000, 61_050)).toBeNull();
    expect(gap.note(1_662_000, 62_050)).toBe(600);
    expect(gap.note(1_663_000, 63_050)).toBeNull();
    expect(gap.note(1_603_000, 63_050)).toBe(-60);
  });
});

describe('findings of a long capture', () => {
  const finding = (source: number, sec: number): Finding => ({
    kind: 'port-scan',
    detector: 'test',
    confidence: 0.9,
    title: '',
    summary: '',
    sources: [source],
    sourcesTotal: 1,
    targets: [99],
    targetsTotal: 1,
    ports: [],
    portsTotal: 0,
    domains: [],
    domainsTotal: 0,
    flows: [],
    flowsTotal: 0,
    packets: 1,
    bytes: 1,
    evidence: [],
    first: { sec, nano: 0 },
    decided: { sec, nano: 0 },
    last: { sec, nano: 0 },
  });

  it('go by whole incidents, those first that have been quiet longest', () => {
    let context: BehaviourContext | undefined;
    const behaviour: Behaviour = { id: 'test', observe: (_, given) => void (context = given), finish: () => undefined };
    const watch = new Watch([() => behaviour], new HostTable());
    watch.observe({ messages: [] } as Partial<Observations> as Observations);
    // Host 1 began first and still goes on; hosts 2 to 5 were seen once.
    for (let i = 0; i < 6; i++) context?.report(`1 ${i}`, finding(1, 100 + i * 800));
    for (let host = 2; host <= 5; host++) context?.report(`${host}`, finding(host, 200 * host));
    const before = watch.revision;
    watch.forget(8);
    expect(watch.size).toBe(8);
    expect(watch.revision).toBeGreaterThan(before);
    const left = watch.findings().map(({ sources }) => sources[0]);
    expect(left.filter((source) => source === 1)).toHaveLength(6);
    expect(left.filter((source) => source !== 1)).toEqual([4, 5]);
    watch.forget(8);
    expect(watch.size).toBe(8);
  });
});

describe('the network one is in', () => {
  const route = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
    'eth0\t0000A8C0\t00000000\t0001\t0\t0\t600\t0000FFFF\t0\t0\t0',
  ].join('\n');
  const arp = [
    'IP address       HW type     Flags       HW address            Mask     Device',
    '192.168.1.1      0x1         0x2         a4:83:e7:c9:a5:2c     *        wlan0',
    '192.168.1.1      0x1         0x2         00:11:22:33:44:55     *        eth0',
  ].join('\n');
  const prefixes = ['192.168.1.77/24', 'fd00:1:2:3:4:5:6:7/60'];

  it('goes by the gateway of the card and its prefix', () => {
    const found = networkOf('wlan0', { route, arp, prefixes }, false);
    expect(found).toEqual({
      id: 'a4-83-e7-c9-a5-2c_192.168.1.0-24',
      label: '192.168.1.0/24 behind a4:83:e7:c9:a5:2c',
    });
  });

  it('is waited for while the gateway has not spoken, and then goes by its prefix', () => {
    expect(networkOf('wlan0', { route, arp: '', prefixes }, false)).toBeNull();
    expect(networkOf('wlan0', { route, arp: '', prefixes }, true)?.id).toBe('192.168.1.0-24');
    expect(networkOf('eth0', { route: '', arp: '', prefixes: prefixes.slice(1) }, true)?.label).toBe(
      'fd00:1:2:0:0:0:0:0/60',
    );
  });

  it('of a card without an address is what that card sees', () => {
    expect(networkOf('mirror0', { route, arp, prefixes: [] }, false)).toBeNull();
    expect(networkOf('mirror0', { route, arp, prefixes: [] }, true)).toEqual({
      id: 'card-mirror0',
      label: 'card mirror0',
    });
  });

  it('never makes a path of what the system says', () => {
    expect(networkOf('../../x', { route: '', arp: '', prefixes: [] }, true)?.id).toBe('card-..-..-x');
    expect(networkOf('x', { route: 'junk\n\tx\t', arp: '\0', prefixes: ['../../etc'] }, true)?.id).toBe('..-..-etc');
  });
});

describe('what was gathered of a network', () => {
  let folder = '';
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-baselines-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const some = (rows: number, value: number, flows = rows): Parameters<typeof together>[0] => ({
    rows,
    data: new Float32Array(rows * ROW_WIDTH).fill(value),
    flows,
    minutes: 7,
  });

  it('comes back as it was saved, for the user alone', async () => {
    const files = new BaselineFolder(join(folder, 'deep', 'down'));
    await files.saveRows('a', some(3, 0.5, 900), ROW_WIDTH);
    expect(await files.rows('a', ROW_WIDTH)).toEqual(some(3, 0.5, 900));
    expect(readdirSync(join(folder, 'deep', 'down'))).toEqual(['a.rows']);
    expect(statSync(join(folder, 'deep', 'down', 'a.rows')).mode & 0o777).toBe(0o600);
    expect(await files.rows('b', ROW_WIDTH)).toBeUndefined();
    expect(await files.model('a')).toBeUndefined();
  });

  it('is nothing where the file is something else', async () => {
    const files = new BaselineFolder(folder);
    await files.saveRows('cut', some(3, 0.5), ROW_WIDTH);
    expect(await files.rows('cut', ROW_WIDTH - 1)).toBeUndefined();
    const whole = join(folder, 'cut.rows');
    writeFileSync(whole, Buffer.alloc(statSync(whole).size - 4, 65));
    expect(await files.rows('cut', ROW_WIDTH)).toBeUndefined();
    await files.saveRows('flipped', some(3, 0.5), ROW_WIDTH);
    const flipped = join(folder, 'flipped.rows');
    const bytes = readFileSync(flipped);
    for (const at of [20, bytes.length - 3]) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      writeFileSync(flipped, damaged);
      expect(await files.rows('flipped', ROW_WIDTH)).toBeUndefined();
    }
    writeFileSync(flipped, bytes);
    expect(await files.rows('flipped', ROW_WIDTH)).toEqual(some(3, 0.5));
    const odd = some(2, NaN);
    await files.saveRows('odd', odd, ROW_WIDTH);
    expect(await files.rows('odd', ROW_WIDTH)).toBeUndefined();
    writeFileSync(join(folder, 'bad.model'), 'no model');
    expect(await files.model('bad')).toBeUndefined();
  });

  it('is joined in the proportion of flows, within bounds', () => {
    const both = together(some(100, 1, 300), some(100, 2, 100), 80);
    const ones = both.data.filter((value) => value === 1).length / ROW_WIDTH;
    expect([both.rows, ones, both.flows, both.minutes]).toEqual([80, 60, 400, 14]);
    expect(together(some(0, 1), some(5, 2), 80)).toMatchObject({ rows: 5, flows: 5 });
    expect(together(some(5, 1, 1e9), some(5, 2), 80).rows).toBe(10);
    // A new network shows in time however long the old one was watched.
    const later = together(some(80, 1, 1e9), some(80, 2, 240_000), 80);
    expect(later.data.filter((value) => value === 2).length / ROW_WIDTH).toBe(40);
  });
});
