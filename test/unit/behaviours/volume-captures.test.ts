/** Generated captures through packets, flows, protocols and windows to the behaviours that count. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { suiteNeeds } from '../../setup/skip.ts';
import { amplification } from '../../../src-main/detect/behaviours/amplification.ts';
import { arpSweep } from '../../../src-main/detect/behaviours/arp-sweep.ts';
import { deadlyPackets } from '../../../src-main/detect/behaviours/deadly-packets.ts';
import { excessiveTraffic } from '../../../src-main/detect/behaviours/excessive-traffic.ts';
import { fingerprinting } from '../../../src-main/detect/behaviours/fingerprinting.ts';
import { flood } from '../../../src-main/detect/behaviours/flood.ts';
import { halfOpenProbe } from '../../../src-main/detect/behaviours/half-open-probe.ts';
import { hostSweep } from '../../../src-main/detect/behaviours/host-sweep.ts';
import { portScan } from '../../../src-main/detect/behaviours/port-scan.ts';
import { requestFlood } from '../../../src-main/detect/behaviours/request-flood.ts';
import { slowDos } from '../../../src-main/detect/behaviours/slow-dos.ts';
import { tcpReflection } from '../../../src-main/detect/behaviours/tcp-reflection.ts';
import { kindOf } from '../../../src-shared/domain/incident.ts';
import { generate } from '../../generator/scenario.ts';
import { behaviours, behavioursOfFile, type Told } from './harness.ts';
import { faults } from './plain-words.ts';

const COUNTING = [
  amplification,
  arpSweep,
  deadlyPackets,
  excessiveTraffic,
  fingerprinting,
  flood,
  halfOpenProbe,
  hostSweep,
  portScan,
  requestFlood,
  slowDos,
  tcpReflection,
];

const loud = (findings: readonly Told[]): Told[] =>
  findings.filter((one) => (one.severity ?? kindOf(one.kind).severity) !== 'info');

/** Scenario, and the kinds that name it rightly. */
const ATTACKS: readonly [string, readonly string[]][] = [
  ['port-scan/syn', ['port-scan']],
  ['port-scan/syn-slow', ['port-scan']],
  ['port-scan/connect', ['port-scan']],
  ['port-scan/fin', ['port-scan']],
  ['port-scan/null', ['port-scan']],
  ['port-scan/xmas', ['port-scan']],
  ['port-scan/ack', ['port-scan']],
  ['port-scan/udp', ['port-scan']],
  ['host-sweep/tcp', ['host-sweep']],
  ['host-sweep/udp', ['host-sweep']],
  ['host-sweep/icmp', ['host-sweep']],
  ['host-sweep/arp', ['host-sweep']],
  ['fingerprinting/os', ['fingerprinting']],
  ['fingerprinting/service', ['fingerprinting']],
  ['dos-flood/syn', ['dos-flood', 'ddos']],
  ['dos-flood/syn-spoofed', ['dos-flood', 'ddos']],
  ['dos-flood/udp', ['dos-flood', 'ddos']],
  ['dos-flood/icmp', ['dos-flood', 'ddos']],
  ['ddos/syn', ['ddos']],
  ['ddos/udp', ['ddos']],
  ['ddos/icmp', ['ddos']],
  ['ddos/http', ['ddos', 'dos-flood']],
  ['amplification/dns', ['amplification']],
  ['amplification/ntp', ['amplification']],
  ['amplification/snmp', ['amplification']],
  ['amplification/ssdp', ['amplification']],
  ['amplification/memcached', ['amplification']],
  ['amplification/resolver-here', ['amplification']],
  ['slow-dos/slowloris', ['slow-dos']],
  ['slow-dos/slow-post', ['slow-dos']],
];

describe('generated attacks', () => {
  test.each(ATTACKS)('%s is named, with the right actor or victim', async (name, kinds) => {
    const made = generate({
      environment: 'none',
      seed: 11,
      hours: 0.4,
      attacks: [name],
      set: 'held-out',
      maxPackets: 20_000,
    });
    const found = loud(await behaviours(made.bytes, COUNTING));
    const right = found.filter((one) => kinds.includes(one.kind));
    expect(right.length, found.map((one) => one.title).join('\n') || 'nothing found').toBeGreaterThan(0);
    expect(
      found.filter((one) => !kinds.includes(one.kind) && one.kind !== 'port-scan').map((one) => one.title),
    ).toEqual([]);
    expect(right.flatMap(faults)).toEqual([]);
    const truth = made.truth[0]!;
    const targets = new Set(right.flatMap((one) => one.targets));
    const sources = new Set(right.flatMap((one) => one.sources));
    expect(truth.targets.length === 0 || truth.targets.some((host) => targets.has(host))).toBe(true);
    expect(
      truth.sources.length === 0 || truth.sources.some((host) => sources.has(host)) || name.includes('spoofed'),
    ).toBe(true);
  });
});

describe('what only resembles an attack', () => {
  test.each(['backscatter', 'monitor-sweep', 'busy-resolver', 'nightly-backup', 'crawler'])(
    '%s raises no alarm',
    async (name) => {
      const made = generate({
        environment: 'none',
        seed: 3,
        hours: 0.4,
        attacks: [name],
        set: 'held-out',
        maxPackets: 30_000,
      });
      expect(loud(await behaviours(made.bytes, COUNTING)).map((one) => one.title)).toEqual([]);
    },
  );

  test.each(['office', 'home'] as const)(
    'an ordinary quarter of an hour at the %s raises none either',
    async (environment) => {
      const made = generate({ environment, seed: 21, hours: 0.25, volume: 0.02, set: 'held-out', maxPackets: 60_000 });
      expect(loud(await behaviours(made.bytes, COUNTING)).map((one) => one.title)).toEqual([]);
    },
  );
});

const DATA = join(import.meta.dirname, '../../../../shared/data/pcaps/benign');
const there = existsSync(DATA);
if (!there) console.warn(`skipped: ordinary captures (${DATA} is not there)`);

suiteNeeds(there, 'no ../shared/data')('ordinary captures', () => {
  test('raise no alarm by volume', { timeout: 120_000 }, async () => {
    const files = readdirSync(DATA, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.pcap(ng)?(\.gz)?$/.test(name),
    );
    const alarms: string[] = [];
    for (const file of files) {
      for (const one of loud(await behavioursOfFile(join(DATA, file), COUNTING))) alarms.push(`${file}: ${one.title}`);
    }
    expect(alarms).toEqual([]);
  });
});
