/** Alerts to try channels with, one of them as unpleasant as traffic can make it. */
import type { Incident } from '../../../src-shared/domain/report.ts';
import type { Alert, SendContext } from '../../../src-main/keep/alerts/types.ts';

export const INCIDENT: Incident = {
  id: 1,
  uid: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
  kind: 'brute-force',
  severity: 'critical',
  confidence: 0.987,
  title: 'Password guessing against 10.0.0.5',
  summary: 'Nine logins failed within ten seconds.',
  firstTs: '2026-03-10T09:22:00.000000001Z',
  decidedTs: '2026-03-10T09:22:09.522164900Z',
  lastTs: '2026-03-10T09:22:10.500000003Z',
  sources: ['203.0.113.9'],
  sourcesTotal: 1,
  targets: ['10.0.0.5', '10.0.0.6'],
  targetsTotal: 2,
  ports: [22],
  portsTotal: 1,
  domains: ['a.example.com'],
  domainsTotal: 1,
  flows: 9,
  packets: 90,
  bytes: 9000,
  technique: [{ id: 'T1110', name: 'Brute Force' }],
  evidence: [{ fact: 'failed logins', value: 9, expected: 0, unit: 'logins' }],
  attributions: [],
  detectors: { 'behaviour:login-guessing': 0.987 },
  response: ['Block the source.'],
  wiresharkFilter: 'ip.addr == 203.0.113.9',
};

export const ALERT: Alert = {
  schema: 'sonde.alert/1',
  key: 'key-0001',
  reason: 'opened',
  at: '2026-03-10T09:22:11.250Z',
  sensor: 'office',
  title: INCIDENT.title,
  text: `${INCIDENT.summary}\nFrom: 203.0.113.9`,
  severity: 'critical',
  incident: INCIDENT,
};

/** What an attacker may have put into names, as far as each format could misread it. */
export const NASTY =
  'a|b=c^d\\e"f\'g<script>&h\r\nSubject: x\n.\n\u0000\u001b[31m\u202e*_`[l](http://x)<!channel> @everyone {{secret}} ]\ud83d\ude00é';

export function nasty(length = 20_000): Alert {
  const long = NASTY.repeat(Math.ceil(length / NASTY.length)).slice(0, length);
  const many = Array.from({ length: 1000 }, (_, i) => `2001:db8::${i.toString(16)}`);
  return {
    ...ALERT,
    sensor: NASTY,
    title: long,
    text: long,
    incident: {
      ...INCIDENT,
      title: long,
      summary: long,
      sources: many,
      sourcesTotal: 5000,
      targets: many,
      targetsTotal: 1000,
      ports: many.map((_, i) => i),
      portsTotal: 1000,
      domains: many.map((_, i) => `${i}.${NASTY}`),
      domainsTotal: 1000,
      response: [long],
      evidence: many.map((fact) => ({ fact, value: 1, expected: null, unit: '' })),
    },
  };
}

export const DIGEST: Alert = {
  schema: 'sonde.alert/1',
  key: 'digest-1',
  reason: 'digest',
  at: '2026-03-10T10:00:00.000Z',
  sensor: 'office',
  title: '3 incidents since 09:00',
  text: 'Gravest: password guessing.',
  severity: 'critical',
  digest: {
    from: '2026-03-10T09:00:00.000Z',
    to: '2026-03-10T10:00:00.000Z',
    counts: { info: 1, warning: 1, critical: 1 },
    incidents: [
      {
        uid: INCIDENT.uid,
        kind: INCIDENT.kind,
        severity: INCIDENT.severity,
        title: INCIDENT.title,
        firstTs: INCIDENT.firstTs,
        lastTs: INCIDENT.lastTs,
      },
    ],
  },
};

/** `ms`: the time a delivery may take. */
export function within(ms = 10_000, now = 1_773_134_531_250): SendContext {
  return { signal: AbortSignal.timeout(ms), now: () => now };
}
