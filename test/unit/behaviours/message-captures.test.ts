/** Captures through the whole meter to the behaviours that read messages: generated ones, and real ones where they are. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { suiteNeeds } from '../../setup/skip.ts';
import { ArpSpoofing } from '../../../src-main/detect/behaviours/arp-spoofing.ts';
import { Beaconing } from '../../../src-main/detect/behaviours/beaconing.ts';
import { BruteForce } from '../../../src-main/detect/behaviours/brute-force.ts';
import { DhcpAbuse } from '../../../src-main/detect/behaviours/dhcp-abuse.ts';
import { GeneratedNames } from '../../../src-main/detect/behaviours/dga.ts';
import { DnsSpoofing } from '../../../src-main/detect/behaviours/dns-spoofing.ts';
import { DnsTunnel } from '../../../src-main/detect/behaviours/dns-tunnel.ts';
import { Exfiltration } from '../../../src-main/detect/behaviours/exfiltration.ts';
import { HttpGate } from '../../../src-main/detect/behaviours/http-gate.ts';
import { HttpLogin } from '../../../src-main/detect/behaviours/http-login.ts';
import { IcmpTunnel } from '../../../src-main/detect/behaviours/icmp-tunnel.ts';
import { KerberosGuessing } from '../../../src-main/detect/behaviours/kerberos-guessing.ts';
import { LoginFlows } from '../../../src-main/detect/behaviours/login-flows.ts';
import { MassRegistration } from '../../../src-main/detect/behaviours/mass-registration.ts';
import { PolicyViolation } from '../../../src-main/detect/behaviours/policy-violation.ts';
import { PortMisuse } from '../../../src-main/detect/behaviours/port-misuse.ts';
import { ProtocolViolation } from '../../../src-main/detect/behaviours/protocol-violation.ts';
import { RawControl } from '../../../src-main/detect/behaviours/raw-control.ts';
import { TlsControl } from '../../../src-main/detect/behaviours/tls-control.ts';
import { UnexpectedPort } from '../../../src-main/detect/behaviours/unexpected-port.ts';
import { UnusualDestination } from '../../../src-main/detect/behaviours/unusual-destination.ts';
import { WebAttacks } from '../../../src-main/detect/behaviours/web-attack.ts';
import { WindowsRemote } from '../../../src-main/detect/behaviours/windows-remote.ts';
import { WormSpread } from '../../../src-main/detect/behaviours/worm-spread.ts';
import type { BehaviourFactory } from '../../../src-main/detect/types.ts';
import { kindOf } from '../../../src-shared/domain/incident.ts';
import { generate } from '../../generator/scenario.ts';
import { behaviours, behavioursOfFile, type Told } from './harness.ts';
import { faults } from './plain-words.ts';

const READING: readonly BehaviourFactory[] = [
  ArpSpoofing,
  Beaconing,
  BruteForce,
  DhcpAbuse,
  GeneratedNames,
  DnsSpoofing,
  DnsTunnel,
  Exfiltration,
  HttpGate,
  HttpLogin,
  IcmpTunnel,
  KerberosGuessing,
  LoginFlows,
  MassRegistration,
  PolicyViolation,
  PortMisuse,
  ProtocolViolation,
  RawControl,
  TlsControl,
  UnexpectedPort,
  UnusualDestination,
  WebAttacks,
  WindowsRemote,
  WormSpread,
].map((Kind) => () => new Kind());

const loud = (findings: readonly Told[]): Told[] =>
  findings.filter((one) => (one.severity ?? kindOf(one.kind).severity) !== 'info');

const ATTACKS: readonly string[] = [
  'brute-force/ssh',
  'brute-force/ftp',
  'brute-force/rdp',
  'brute-force/smb',
  'brute-force/kerberos',
  'brute-force/http',
  'credential-stuffing/http',
  'mass-registration/http',
  'mass-registration/sip',
  'intrusion-attempt/web',
  'lateral-movement/smb',
  'command-and-control/https',
  'command-and-control/http',
  'data-exfiltration/tls',
  'data-exfiltration/http',
  'data-exfiltration/ftp',
  'dns-tunnel/txt',
  'dns-tunnel/null',
  'dns-tunnel/cname',
  'icmp-tunnel/echo',
  'dga/names',
  'arp-spoofing/gateway',
  'dns-spoofing/race',
  'dhcp-abuse/starvation',
  'dhcp-abuse/rogue',
  'protocol-violation/packets',
  'protocol-violation/raw',
  'policy-violation/ssh',
];

describe('generated attacks', () => {
  test.each(ATTACKS)('%s is named, with its actor or victim', async (name) => {
    const made = generate({
      environment: 'none',
      seed: 11,
      hours: 0.25,
      attacks: [name],
      set: 'held-out',
      maxPackets: 120_000,
    });
    const found = await behaviours(made.bytes, READING);
    const kind = name.split('/')[0];
    const right = found.filter((one) => one.kind === kind);
    expect(right.length, found.map((one) => `${one.kind}: ${one.title}`).join('\n') || 'nothing found').toBeGreaterThan(
      0,
    );
    const truth = made.truth[0]!;
    const named = new Set(right.flatMap((one) => [...one.sources, ...one.targets]));
    expect([...truth.sources, ...truth.targets].some((host) => named.has(host))).toBe(true);
    for (const one of right) {
      expect(one.decided.sec).toBeGreaterThanOrEqual(one.first.sec);
      expect(one.last.sec).toBeGreaterThanOrEqual(one.decided.sec);
      expect(one.evidence.length).toBeGreaterThan(0);
      expect(faults(one)).toEqual([]);
    }
  });
});

describe('what only resembles an attack', () => {
  test.each(['backscatter', 'monitor-sweep', 'busy-resolver', 'nightly-backup', 'crawler', 'own-ports'])(
    '%s raises no alarm',
    async (name) => {
      const made = generate({
        environment: 'none',
        seed: 3,
        hours: 0.4,
        attacks: [name],
        set: 'held-out',
        maxPackets: 60_000,
      });
      expect(loud(await behaviours(made.bytes, READING)).map((one) => one.title)).toEqual([]);
    },
  );

  test.each(['office', 'home'] as const)(
    'an ordinary quarter of an hour at the %s raises none either',
    async (environment) => {
      const made = generate({ environment, seed: 22, hours: 0.25, volume: 0.02, set: 'held-out', maxPackets: 60_000 });
      expect(loud(await behaviours(made.bytes, READING)).map((one) => one.title)).toEqual([]);
    },
  );
});

const DATA = join(import.meta.dirname, '../../../../shared/data/pcaps/benign');
const there = existsSync(DATA);
if (!there) console.warn(`skipped: ordinary captures (${DATA} is not there)`);

suiteNeeds(there, 'no ../shared/data')('ordinary captures', () => {
  test(
    'raise no alarm, but for one with 27 SSH sessions in a row that were refused',
    { timeout: 120_000 },
    async () => {
      const files = readdirSync(DATA, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /\.pcap(ng)?(\.gz)?$/.test(name),
      );
      const alarms = new Set<string>();
      for (const file of files) {
        for (const one of loud(await behavioursOfFile(join(DATA, file), READING))) alarms.add(`${file}: ${one.kind}`);
      }
      expect([...alarms]).toEqual(['sgr_SSHv2.pcap: brute-force']);
    },
  );
});
