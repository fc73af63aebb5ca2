/** Incidents and channels for tests of alerts. */
import type { Incident } from '../../../src-shared/domain/report.ts';
import type { Alert, Answer, ChannelKind, ChannelSettings, SendContext } from '../../../src-main/keep/alerts/types.ts';

export function incident(change: Partial<Incident> = {}): Incident {
  return {
    id: 1,
    uid: 'a'.repeat(32),
    kind: 'port-scan',
    severity: 'warning',
    confidence: 0.9,
    title: '10.0.0.66 scanned 300 ports of 10.0.0.9',
    summary: 'Many ports of one host were tried within seconds.',
    firstTs: '2026-11-22T04:00:00.000000000Z',
    decidedTs: '2026-11-22T04:00:01.000000000Z',
    lastTs: '2026-11-22T04:00:02.000000000Z',
    sources: ['10.0.0.66'],
    sourcesTotal: 1,
    targets: ['10.0.0.9'],
    targetsTotal: 1,
    ports: [22],
    portsTotal: 1,
    domains: [],
    domainsTotal: 0,
    flows: 300,
    packets: 600,
    bytes: 36_000,
    technique: [],
    evidence: [],
    attributions: [],
    detectors: { 'port-scan': 0.9 },
    response: ['Find out what runs on 10.0.0.66.'],
    wiresharkFilter: 'ip.addr == 10.0.0.66',
    ...change,
  };
}

export type Send = (alert: Alert, settings: ChannelSettings, context: SendContext) => Promise<Answer>;

/** A kind of channel whose sending is `send`. */
export function fake(send: Send, id = 'fake'): ChannelKind {
  return {
    id,
    title: 'Fake',
    hint: '',
    fields: [
      { name: 'url', label: 'Address', type: 'url', required: true },
      { name: 'token', label: 'Token', type: 'secret' },
      { name: 'headers', label: 'Headers', type: 'headers' },
      { name: 'level', label: 'Level', type: 'number', min: 1, max: 5, default: 3 },
      { name: 'shape', label: 'Shape', type: 'choice', options: [{ value: 'a', label: 'A' }] },
      { name: 'allowPrivate', label: 'Allow private', type: 'switch', default: false },
    ],
    send,
  };
}

/** 0 ≤ x < 1, the same sequence for a seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
