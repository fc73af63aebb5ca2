/** File sharing is told where it is most of what crosses the border, whoever began the flows; and nowhere else. */
import { describe, expect, it } from 'vitest';
import { FileSharing } from '../../../src-main/detect/behaviours/file-sharing.ts';
import { generate } from '../../generator/scenario.ts';
import { behaviours, outside, Stage, times, type Ended } from './harness.ts';
import { faults } from './plain-words.ts';

const T = 1_760_000_000;
const HOST = '10.0.0.66';

const flow = (peer: number, more: Partial<Ended> = {}): Ended => ({
  at: T + peer,
  from: HOST,
  to: outside(peer),
  lasting: 60,
  app: 'BitTorrent',
  origIpBytes: 1e6,
  respIpBytes: 2e6,
  origPayload: 9e5,
  respPayload: 19e5,
  ...more,
});

function told(...flows: Ended[]): string[] {
  const stage = new Stage(() => new FileSharing());
  stage.see({ flows });
  return stage.finish().map(({ title }) => title);
}

describe('file sharing', () => {
  it('is told with what it moved, with whom, and its share of the border', () => {
    const stage = new Stage(() => new FileSharing());
    const fromOutside = { from: outside(6), to: HOST };
    stage.see({
      flows: [...times(5, (i) => flow(i)), flow(6, fromOutside), flow(9, { app: 'HTTP', respIpBytes: 1e6 })],
    });
    const [finding, ...others] = stage.finish();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'excessive-traffic',
      severity: 'info',
      title: '10.0.0.66 shares files with 6 peers: 18 MB, 90 % of what crossed the border',
      bytes: 18e6,
      flowsTotal: 6,
      evidence: [{ value: 18e6 }, { value: 90 }, { value: 6 }],
    });
    expect(finding!.summary).toContain('By BitTorrent it sent 7 MB and received 11 MB');
    expect(faults(finding!)).toEqual([]);
  });

  it('is not told of few peers, of little, of less than half, or inside the network', () => {
    expect(told(...times(4, (i) => flow(i)))).toEqual([]);
    expect(told(...times(9, (i) => flow(i, { respIpBytes: 1e5 })))).toEqual([]);
    expect(told(...times(5, (i) => flow(i)), flow(8, { app: 'HTTP', respIpBytes: 16e6 }))).toEqual([]);
    expect(told(...times(9, (i) => flow(i, { to: `10.0.1.${i}` })))).toEqual([]);
    expect(told(...times(9, (i) => flow(i, { app: 'HTTP' })))).toEqual([]);
  });

  it('is not told of a host that only gets such datagrams, from whoever they seem to be', () => {
    const sent = times(60, (i) => flow(i, { from: outside(i), to: HOST, respIpBytes: 0, respPayload: 0 }));
    expect(told(...sent)).toEqual([]);
    const real = times(6, (i) => flow(70 + i));
    expect(told(...real, ...sent.slice(0, 3))).toEqual([
      '10.0.0.66 shares files with 6 peers: 18 MB, 86 % of what crossed the border',
    ]);
  });

  it('counts against what crossed since it began, not before', () => {
    const before = { ...flow(1, { app: 'HTTP', respIpBytes: 1e9 }), at: T - 500 };
    expect(told(before, ...times(6, (i) => flow(i)))).toHaveLength(1);
  });

  it('is seen in a generated capture', async () => {
    const made = generate({
      environment: 'none',
      seed: 11,
      hours: 0.4,
      attacks: ['excessive-traffic/p2p'],
      set: 'tuning',
    });
    const found = await behaviours(made.bytes, [() => new FileSharing()]);
    expect(found.map(({ kind, sources }) => [kind, sources])).toEqual([['excessive-traffic', made.truth[0]!.sources]]);
  });
});
