import { describe, expect, it } from 'vitest';
import type { BuiltIncident } from '../../../src-main/detect/incidents/build.ts';
import { explainedBy } from '../../../src-main/run/pipeline/explained-by.ts';

describe('flows that an incident explains', () => {
  const incident = (severity: string, flows: number, ids: number[]): BuiltIncident =>
    ({
      incident: { severity, flows, ports: [80] },
      sourceHosts: [1],
      targetHosts: [2],
      flowIds: new Set(ids),
    }) as unknown as BuiltIncident;

  it('are those it names; where it names only some, all between its hosts towards its ports', () => {
    const whole = explainedBy([incident('critical', 2, [7, 8])]);
    expect([whole(7, 1, 2, 80), whole(9, 1, 2, 80)]).toEqual([true, false]);
    const cut = explainedBy([incident('critical', 20_000, [7, 8])]);
    expect(cut(9, 1, 2, 80)).toBe(true);
    expect([cut(9, 1, 2, 81), cut(9, 1, 3, 80), cut(9, 3, 2, 80)]).toEqual([false, false, false]);
  });

  it('are none of a note', () => {
    expect(explainedBy([incident('info', 20_000, [7])])(7, 1, 2, 80)).toBe(false);
  });
});
