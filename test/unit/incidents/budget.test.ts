import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../src-shared/domain/report.ts';
import { isBareAnomaly, spendBudget } from '../../../src-main/detect/incidents/budget.ts';

const DAY = 86_400;

function anomaly(confidence: number, over: Partial<Incident> = {}): Incident {
  return {
    kind: 'size-anomaly',
    severity: 'info',
    confidence,
    firstTs: '2026-01-01T00:00:00.000000000Z',
    detectors: { 'anomaly:size': confidence },
    evidence: [],
    ...over,
  } as unknown as Incident;
}

const named = (over: Partial<Incident> = {}): Incident =>
  anomaly(0.9, { kind: 'port-scan', severity: 'warning', detectors: { 'behaviour:port-scan': 0.9 }, ...over });
const severities = (incidents: readonly Incident[]): string[] => incidents.map((i) => i.severity);

describe('the alarm budget', () => {
  it('raises the most unusual bare anomalies, as many as it tolerates in the time', () => {
    const all = [anomaly(0.2), anomaly(0.5), anomaly(0.3), anomaly(0.4)];
    expect(spendBudget(all, 1, 2 * DAY)).toEqual({ allowed: 2, raised: 2 });
    expect(severities(all)).toEqual(['info', 'warning', 'info', 'warning']);
    expect(all[1]!.evidence).toEqual([
      {
        fact: 'Raised to a warning within the alarm budget of 1 a day: place by how unusual it is',
        value: 1,
        expected: null,
        unit: 'of 4',
      },
    ]);
    expect(all[0]!.evidence).toEqual([]);
  });

  it('is used up by known shapes of attack first', () => {
    const all = [named(), anomaly(0.5), anomaly(0.4)];
    expect(spendBudget(all, 2, DAY)).toEqual({ allowed: 2, raised: 1 });
    expect(severities(all)).toEqual(['warning', 'warning', 'info']);
    const more = [named(), named(), named({ severity: 'critical' }), anomaly(0.5)];
    expect(spendBudget(more, 2, DAY)).toEqual({ allowed: 2, raised: 0 });
  });

  it('raises nothing in a capture that is too short for one alarm, nor where none is tolerated', () => {
    const all = [anomaly(0.5)];
    expect(spendBudget(all, 1, DAY - 1)).toEqual({ allowed: 0, raised: 0 });
    expect(spendBudget(all, 0, 100 * DAY)).toEqual({ allowed: 0, raised: 0 });
    expect(spendBudget(all, 1, -5)).toEqual({ allowed: 0, raised: 0 });
    expect(severities(all)).toEqual(['info']);
  });

  it('never touches what a behaviour named, whatever its severity', () => {
    const all = [named({ severity: 'info' }), anomaly(0.5, { detectors: { 'behaviour:timing': 1 } })];
    expect(spendBudget(all, 1000, DAY).raised).toBe(0);
    expect(severities(all)).toEqual(['info', 'info']);
  });

  it('knows a bare anomaly by what found it, also when its flow was explained', () => {
    expect(isBareAnomaly(anomaly(0.5, { detectors: { 'anomaly:size': 0.5, 'isolation-forest': 0.99 } }))).toBe(true);
    expect(isBareAnomaly(named())).toBe(false);
    expect(isBareAnomaly(anomaly(0.5, { detectors: {} }))).toBe(false);
  });
});
