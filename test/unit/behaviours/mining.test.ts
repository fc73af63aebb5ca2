/** Coin mining is told by miner, with its pools; and nothing else is. */
import { describe, expect, it } from 'vitest';
import { Mining } from '../../../src-main/detect/behaviours/mining.ts';
import type { MiningMessage } from '../../../src-main/meter/protocols/types.ts';
import { outside, Stage, times, type Ended } from './harness.ts';
import { faults } from './plain-words.ts';

const T = 1_760_000_000;
const HOST = '10.0.0.66';

const flow = (more: Partial<Ended> = {}): Ended => ({
  at: T,
  from: HOST,
  to: outside(1),
  lasting: 600,
  app: 'Mining',
  respPort: 3333,
  origPayload: 1500,
  respPayload: 3000,
  ...more,
});

function stageOf(...flows: Ended[]): Stage {
  const stage = new Stage(() => new Mining());
  stage.see({ flows });
  return stage;
}

describe('coin mining', () => {
  it('for pools outside is one warning a miner, with pools, minutes and bytes', () => {
    const stage = stageOf(flow(), flow({ at: T + 1200, to: outside(2), respPort: 14_444 }));
    const [finding, ...others] = stage.finish();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'policy-violation',
      severity: 'warning',
      confidence: 0.95,
      title: '10.0.0.66 mines coins for 45.0.0.1 and 45.0.0.2',
      summary: '2 connections to 2 pools, 3 kB sent and 6 kB received, out of the network.',
      ports: [3333, 14_444],
      first: { sec: T },
      last: { sec: T + 1800 },
      bytes: 9000,
      flowsTotal: 2,
      technique: [{ id: 'T1496', name: 'Resource Hijacking' }],
    });
    expect(finding!.evidence.map(({ fact, value }) => [fact, value])).toEqual([
      ['Connections to mining pools', 2],
      ['Pools', 2],
      ['Minutes from the first to the last', 30],
      ['Bytes sent to pools', 3000],
      ['Bytes received from pools', 6000],
    ]);
    expect(stage.names(finding!.targets)).toEqual([outside(1), outside(2)]);
    expect(faults(finding!)).toEqual([]);
  });

  it('is told when the pool answers, and counted once when the connection has ended', () => {
    const stage = new Stage(() => new Mining());
    const answer: MiningMessage = {
      kind: 'mining',
      agent: 'XMRig/6.21',
      ...{ sec: T + 1, nano: 0, flow: 0, orig: stage.id(HOST), resp: stage.id(outside(1)), respPort: 3333 },
      fromOrig: false,
    };
    const [early] = stage.see({ messages: [answer] });
    expect(early).toMatchObject({
      severity: 'warning',
      summary: '1 connection to 1 pool by XMRig/6.21, out of the network.',
      decided: { sec: T + 1 },
      bytes: 0,
    });
    expect(faults(early!)).toEqual([]);
    const [late, ...others] = stage.see({ flows: [flow(), flow({ at: T + 5000 })] });
    expect(others).toEqual([]);
    expect(late).toMatchObject({ flowsTotal: 2, bytes: 9000, first: { sec: T }, decided: { sec: T + 1 } });
    expect(late!.evidence[0]).toMatchObject({ fact: 'Connections to mining pools', value: 2 });
  });

  it('inside the network, or for a pool of ours, is a note', () => {
    const inside = stageOf(flow({ to: '10.0.0.9' })).finish();
    const asked = stageOf(flow({ from: outside(1), to: HOST })).finish();
    expect([inside, asked].map((found) => found.map(({ severity }) => severity))).toEqual([['info'], ['info']]);
  });

  it('is not told of other traffic, nor of what no pool answered', () => {
    expect(stageOf(flow({ app: 'HTTP' }), flow({ app: '' }), flow({ respPayload: 0 })).finish()).toEqual([]);
  });

  it('names a bounded number of pools, and counts them all', () => {
    const [finding] = stageOf(...times(1200, (i) => flow({ at: T + i, to: outside(i) }))).finish();
    expect([finding!.targets.length, finding!.targetsTotal]).toEqual([1000, 1200]);
  });
});
