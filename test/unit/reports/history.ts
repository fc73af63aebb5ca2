/** A database with a made-up history: live captures of two weeks in November 2026, and what was found in them. */
import { kindOf, type IncidentKind, type IncidentStatus } from '../../../src-shared/domain/incident.ts';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import { openStore } from '../../../src-main/keep/store/client.ts';
import type { Store } from '../../../src-main/keep/store/types.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { incident } from '../alerts/made.ts';

export const BERLIN = 'Europe/Berlin';
/** Monday to Monday, midnight in Berlin. */
export const WEEK = { from: Date.parse('2026-11-15T23:00:00Z'), to: Date.parse('2026-11-22T23:00:00Z') };
export const NOW = Date.parse('2026-11-23T06:00:00Z');

const time = (at: string | number): string => formatTime(Math.floor(new Date(at).getTime() / 1000), 0);

/** `at`: when its first packet was seen. */
export function found(at: string, kind: IncidentKind, change: Partial<Incident> = {}): Incident {
  const { severity, title, response, technique } = kindOf(kind);
  const uid = change.uid ?? Buffer.from(`${at} ${kind}`).toString('hex').slice(0, 32);
  const begin = Date.parse(at);
  return incident({
    kind,
    severity,
    title: `${title} by 192.168.10.23`,
    summary: `This is how ${title.toLowerCase()} looks. It took nine minutes.`,
    firstTs: time(begin),
    decidedTs: time(begin + 60_000),
    lastTs: time(begin + 540_000),
    sources: ['192.168.10.23'],
    response: [...response],
    technique: [...technique],
    evidence: [{ fact: 'ports that were tried', value: 300, expected: 2, unit: 'ports' }],
    ...change,
    uid,
  });
}

export async function opened(path: string): Promise<Store> {
  return openStore(path, workerUrl('keep/store/store.worker'));
}

/** A capture of this time with these incidents; its number. */
export async function capture(
  store: Store,
  name: string,
  [from, to]: readonly [string, string],
  incidents: readonly Incident[],
  importedAt = Date.parse(from),
  sha256 = '',
): Promise<number> {
  const id = await store.beginCapture({ name, importedAt, program: 'test' });
  await store.addIncidents(
    id,
    incidents.map((each) => ({ incident: each })),
  );
  const input = {
    path: name,
    sha256,
    format: 'live',
    linkTypes: ['ETHERNET'],
    packets: 1000,
    bytes: 100_000,
    firstTs: time(from),
    lastTs: time(to),
    warnings: [],
  };
  await store.finishCapture(id, { status: 'complete', inputs: [input], report: { budget: { perDay: 1 } } });
  return id;
}

/** What somebody said of an incident. */
export async function judged(store: Store, id: number, { uid }: Incident, status: IncidentStatus, note = '') {
  await store.setIncidentStatus(id, uid, { at: NOW - 3_600_000, user: 'ann', status, note });
}

/** Two weeks: the one of `WEEK`, and a quieter one before it. */
export async function fillTwoWeeks(store: Store): Promise<void> {
  const before = [
    found('2026-11-10T09:00:00Z', 'port-scan'),
    found('2026-11-11T09:00:00Z', 'brute-force'),
    found('2026-11-12T09:00:00Z', 'host-sweep', { severity: 'info' }),
  ];
  const early = await capture(store, 'eth0', ['2026-11-09T00:00:00Z', '2026-11-15T12:00:00Z'], before);
  await judged(store, early, before[1]!, 'closed', 'password changed');
  const now = [
    found('2026-11-16T08:30:00Z', 'port-scan'),
    found('2026-11-16T11:00:00Z', 'port-scan', { uid: 'b'.repeat(32), sources: ['192.168.10.40'] }),
    found('2026-11-17T02:00:00Z', 'data-exfiltration', { sources: ['192.168.10.23'], targets: ['203.0.113.9'] }),
    found('2026-11-18T15:00:00Z', 'brute-force', { targets: ['192.168.10.5'] }),
    found('2026-11-19T15:00:00Z', 'host-sweep', { severity: 'info' }),
    found('2026-11-20T10:00:00Z', 'dga'),
    found('2026-11-22T22:59:59Z', 'port-scan', { uid: 'c'.repeat(32) }),
  ];
  const late = await capture(store, 'eth0', ['2026-11-16T00:00:00Z', '2026-11-23T05:00:00Z'], now);
  await judged(store, late, now[1]!, 'false-alarm', 'our own scanner');
  await judged(store, late, now[3]!, 'closed');
  await store.addSuppression({
    scope: { kind: 'dga' },
    reason: 'software update',
    author: 'ann',
    createdAt: NOW - 1,
    expiresAt: null,
  });
  await store.applySuppressions(NOW, null);
}
