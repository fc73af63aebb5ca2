import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_BUDGET } from '../../../src-shared/domain/environment.ts';
import { DEVICE_KINDS } from '../../../src-shared/domain/device-kinds.ts';
import { REACH_HOSTS, REACH_PORTS } from '../../../src-main/detect/behaviours/device-reach.ts';
import {
  CALM_PLACES,
  FEW_PLACES,
  FIRST_MINUTES,
  SETTLED_S,
  WIDE_PLACES,
} from '../../../src-main/detect/devices/profile.ts';
import { GUESSING } from '../../../src-main/detect/behaviours/common/message-thresholds.ts';
import { EXCESSIVE, FLOOD, PORT_SCAN, SWEEP } from '../../../src-main/detect/behaviours/common/thresholds.ts';
import { MINUTES_NEEDED } from '../../../src-main/detect/detectors/drift/series.ts';
import { FALSE_ALARM_SHARE, MINIMUM_FLOWS } from '../../../src-main/detect/detectors/triage.ts';
import * as baseline from '../../../src-main/run/pipeline/live/baseline/baselines.ts';
import { HOUSE_HOSTS, profileOf, type NetworkFacts } from '../../../src-main/detect/incidents/profile.ts';

const facts = (over: Partial<NetworkFacts>): NetworkFacts => ({
  ours: 5,
  servers: 1,
  directories: 0,
  fileServers: 0,
  subnets: 1,
  ...over,
});
const nameOf = (over: Partial<NetworkFacts>): string => profileOf(facts(over)).name;

describe('the kind of network', () => {
  it.each<[string, Partial<NetworkFacts>]>([
    ['home', { ours: 1 }],
    ['home', { ours: 20 }],
    ['home', { ours: 12, fileServers: 1 }],
    ['office', { ours: 21 }],
    ['office', { ours: 3, directories: 1 }],
    ['office', { ours: 249 }],
    ['office', { ours: 120, directories: 1 }],
    ['enterprise', { ours: 250 }],
    ['enterprise', { ours: 100, directories: 2 }],
    ['home', { ours: 9, subnets: 2 }],
    ['office', { ours: 9, subnets: 3 }],
    ['office', { ours: 99, subnets: 10 }],
    ['enterprise', { ours: 100, subnets: 10 }],
    ['home', { ours: 45, mix: { home: 25, work: 6 } }],
    ['office', { ours: 45, mix: { home: 14, work: 6 } }],
    ['office', { ours: 45, mix: { home: 16, work: 20 } }],
    ['office', { ours: 61, mix: { home: 40, work: 6 } }],
    ['office', { ours: 45, directories: 1, mix: { home: 25, work: 6 } }],
  ])('is taken as %s with %o', (name, over) => {
    expect(nameOf(over)).toBe(name);
  });

  it('is told with its reason', () => {
    expect(profileOf(facts({ ours: 34, servers: 3, directories: 1, fileServers: 2, subnets: 3 }))).toEqual({
      name: 'office',
      reason:
        'Recognised by what the capture shows: 34 hosts of yours in 3 subnets, 3 of them answer others, 1 directory server (Kerberos or LDAP), 2 file servers.',
    });
    expect(profileOf(facts({ mix: { home: 2, work: 1 } })).reason).toBe(
      'Recognised by what the capture shows: 5 hosts of yours, 1 of them answers others, no directory server, no file server, 2 devices of homes (lamps, speakers, TVs, consoles) beside 1 of work.',
    );
    expect(profileOf(facts({ ours: 0, servers: 0 }))).toEqual({
      name: 'office',
      reason: 'No host of your networks spoke with another, so nothing tells: the middle was taken.',
    });
  });

  it('is what someone chose, whatever the capture shows', () => {
    expect(profileOf(facts({ ours: 900 }), 'home')).toEqual({ name: 'home', reason: 'Chosen by you.' });
  });
});

describe('docs/profiles.md', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'profiles.md'), 'utf8');
  const row = (begin: string): string => text.split('\n').find((line) => line.startsWith(`| ${begin}`)) ?? '';

  it('has the numbers of devices', () => {
    expect(row('first minutes')).toContain(`| ${FIRST_MINUTES / 60} minutes |`);
    expect(row('a profile counts after')).toContain(`| ${SETTLED_S / 60} minutes, with ${FEW_PLACES} places at most |`);
    expect(row('a device is left to its habits')).toContain(`| ${CALM_PLACES} places |`);
    expect(text).toContain(`more than ${WIDE_PLACES} places`);
    expect(row('new hosts that refuse')).toContain(`| ${REACH_HOSTS} | ${SWEEP.HOSTS} |`);
    expect(row('ports of one host that refuse')).toContain(`| ${REACH_PORTS} | ${PORT_SCAN.PORTS} |`);
    expect(text).toContain(`at most ${HOUSE_HOSTS} hosts`);
  });

  it('names every kind of device', () => {
    for (const { id, narrow } of DEVICE_KINDS.filter((kind) => kind.id !== 'unknown'))
      expect(
        row(id)
          .trimEnd()
          .endsWith(`| ${narrow ? 'yes' : 'no'} |`),
        id,
      ).toBe(true);
  });

  it('has the budgets of the code', () => {
    const { home, office, enterprise } = DEFAULT_BUDGET;
    expect(row('alarm budget')).toContain(`| ${home} | ${office} | ${enterprise} |`);
  });

  it.each([
    [
      'port scan',
      `${PORT_SCAN.PORTS} (UDP ${PORT_SCAN.UDP_PORTS}; ${PORT_SCAN.FEW_PORTS} within ${PORT_SCAN.FEW_SECONDS} s`,
    ],
    ['host sweep', `${SWEEP.HOSTS} (UDP ${SWEEP.UDP_HOSTS}, ping ${SWEEP.PING_HOSTS})`],
    ['ARP', `| ${SWEEP.ARP_HOSTS},`],
    ['SYN flood', `${FLOOD.SYN_RATE}, ${FLOOD.SYN_TOTAL} in all`],
    ['brute force', `within ${GUESSING.WINDOW} s | ${GUESSING.FAILURES} (outcome unseen: ${GUESSING.ATTEMPTS} tries)`],
    ['excessive traffic', `${EXCESSIVE.BYTES / 1e9} GB a minute and ${EXCESSIVE.TIMES_USUAL} times`],
    ['a flow is anomalous', `| ${FALSE_ALARM_SHARE},`],
    ['least flows before', `| ${MINIMUM_FLOWS} |`],
    ['least to learn', `${baseline.FLOWS_NEEDED.toLocaleString('en')} flows over ${baseline.MINUTES_NEEDED} minutes`],
    ['least before drift', `| ${MINUTES_NEEDED} minutes |`],
  ])('has the numbers of the code: %s', (begin, numbers) => {
    expect(row(begin)).toContain(numbers);
  });
});
