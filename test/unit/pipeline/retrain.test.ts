import { describe, expect, it } from 'vitest';
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import type { RetrainRun } from '../../../src-shared/domain/lab-model.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { hashText } from '../../../src-main/detect/lab/formats/builder.ts';
import type { Learnable, LearnableRows } from '../../../src-main/keep/store/queries/lab-models.ts';
import { learnJudged, learnOrdinary } from '../../../src-main/run/pipeline/retrain/learn.ts';
import type { RetrainData } from '../../../src-main/run/pipeline/retrain/messages.ts';
import {
  isDue,
  LAST_SETTING,
  latestTurn,
  nextTurn,
  RetrainingSchedule,
  SCHEDULE_SETTING,
} from '../../../src-main/run/pipeline/retrain/schedule.ts';

const WIDTH = FLOW_FEATURES.length;
const at = (id: string): number => FLOW_FEATURES.findIndex((feature) => feature.id === id);

/** Flows whose numbers go together, some up and some down with how large they are; `strange`: from hosts that try many ports. */
function flows(rows: number, seed: number, strange = false): LearnableRows {
  const random = randomSource(seed);
  const data = new Float32Array(rows * WIDTH);
  for (let r = 0; r < rows; r++) {
    const size = random();
    for (const [f, { kind }] of FLOW_FEATURES.entries()) {
      const together = f % 2 === 0 ? size : 1 - size;
      data[r * WIDTH + f] = kind === 'numeric' ? together * 1000 + random() * 20 : size < 0.5 ? 0 : 1;
    }
    if (strange) data[r * WIDTH + at('src_ports')] = 2000 + Math.floor(random() * 100);
  }
  return { rows, data };
}

const NONE: LearnableRows = { rows: 0, data: new Float32Array(0) };

function learnable(parts: Partial<Learnable>): Learnable {
  const confirmed = { ...NONE, incident: new Int32Array(0), incidents: [] };
  return { ordinary: NONE, expected: NONE, confirmed, ...parts };
}

const data = (parts: Partial<Learnable>, before: Partial<RetrainData['before']> = {}): RetrainData => ({
  learnable: learnable(parts),
  seed: 1,
  source: 'traffic of a test',
  before: { ordinary: null, judged: null, ...before },
});

/** Flows of this many closed incidents. */
function confirmed(incidents: number, each: number, seed: number): Learnable['confirmed'] {
  return {
    ...flows(incidents * each, seed, true),
    incident: Int32Array.from({ length: incidents * each }, (_, row) => Math.floor(row / each)),
    incidents: Array.from({ length: incidents }, (_, i) => ({
      uid: `uid ${i}`,
      kind: i % 2 ? 'port-scan' : 'dns-tunnel',
    })),
  };
}

describe('learning from ordinary flows', () => {
  it('needs a thousand of them, and says so', async () => {
    const found = await learnOrdinary(data({ ordinary: flows(900, 1) }));
    expect(found).toMatchObject({ model: null, next: null });
    expect(found.words).toContain('there are 900 flows outside incidents, and 1,000 are needed');
  });

  it('gives a first model, and lets the same day teach nothing new', async () => {
    const ordinary = flows(3000, 1);
    const first = await learnOrdinary(data({ ordinary }));
    expect(first.model).not.toBeNull();
    expect(first.next!.separation).toBeGreaterThan(0.7);
    expect(first.next!.ordinary).toBe(first.next!.strange);
    const again = await learnOrdinary(data({ ordinary }, { ordinary: first.model }));
    expect(again.model).toBeNull();
    expect(again.words).toContain('it is the very model that scores');
  });

  it('takes over where traffic has changed, and the model before would alarm at what is ordinary by now', async () => {
    const good = await learnOrdinary(data({ ordinary: flows(3000, 1) }));
    // A day that holds a fifth of what was strange yesterday: to who learned from it, that is ordinary.
    const clean = flows(2000, 2);
    const wild = flows(3000, 2);
    const random = randomSource(3);
    for (let i = clean.data.length; i < wild.data.length; i++) if (i % WIDTH < 40) wild.data[i] = random() * 1500;
    const found = await learnOrdinary(data({ ordinary: wild }, { ordinary: good.model }));
    expect(found.before!.alarms).toBeGreaterThan(0.2);
    expect(found.next!.alarms).toBeLessThan(0.03);
    expect(found.model).not.toBeNull();
    expect(found.words).toContain('it is no worse than the model before and takes over');
  });

  it('takes the place of a model that cannot be read', async () => {
    const found = await learnOrdinary(data({ ordinary: flows(2000, 1) }, { ordinary: Uint8Array.of(1, 2, 3) }));
    expect(found.before).toBeNull();
    expect(found.model).not.toBeNull();
  });
});

describe('learning from incidents that were judged', () => {
  it('needs some that were closed', async () => {
    const found = await learnJudged(data({ ordinary: flows(2000, 1) }));
    expect(found.model).toBeNull();
    expect(found.words).toContain(
      'there are 0 flows of incidents that were closed and 2,000 ordinary or expected ones',
    );
  });

  it('judges by whole incidents, of which nothing was learned', async () => {
    const found = await learnJudged(data({ ordinary: flows(2000, 1), confirmed: confirmed(10, 40, 5) }));
    expect(found.model).not.toBeNull();
    expect(found.next!.separation).toBeGreaterThan(0.95);
    expect(found.next!.strange % 40).toBe(0);
    expect(found.next!.strange).toBeLessThan(400);
    expect(found.words).toContain('Learned from 400 flows of 10 incidents that were closed');
  });

  it('keeps the model before where the newcomer would tell less', async () => {
    const good = confirmed(10, 40, 5);
    const first = await learnJudged(data({ ordinary: flows(2000, 1), confirmed: good }));
    // Closed by mistake since: ordinary flows, but for the incidents that judge.
    const isJudge = (row: number): boolean => hashText(good.incidents[good.incident[row]!]!.uid) % 10_000 < 2000;
    const mistaken = flows(400, 9);
    for (let row = 0; row < good.rows; row++) {
      if (isJudge(row)) mistaken.data.set(good.data.subarray(row * WIDTH, (row + 1) * WIDTH), row * WIDTH);
    }
    const parts = { ordinary: flows(2000, 1), confirmed: { ...good, ...mistaken } };
    const found = await learnJudged(data(parts, { judged: first.model }));
    expect(found.next!.separation).toBeLessThan(found.before!.separation - 0.1);
    expect(found.model).toBeNull();
    expect(found.words).toContain('it would be worse than the model before, which goes on');
  });

  it('says where one incident has to judge itself', async () => {
    const found = await learnJudged(data({ ordinary: flows(2000, 1), confirmed: confirmed(1, 100, 5) }));
    expect(found.words).toContain('that flatters');
  });

  it('does not let one score that cannot tell', async () => {
    const alike = { ...confirmed(10, 40, 5), ...flows(400, 9) };
    const found = await learnJudged(data({ ordinary: flows(2000, 1), confirmed: alike }));
    expect(found.model).toBeNull();
    expect(found.words).toContain('not good enough to score');
  });

  it('takes what is expected for ordinary', async () => {
    const expected = flows(300, 7, true);
    const found = await learnJudged(data({ ordinary: flows(2000, 1), expected, confirmed: confirmed(4, 40, 5) }));
    // The same strange thing is ordinary here: nothing tells them apart.
    expect(found.next!.alarms > 0.03 || found.next!.separation < 0.97).toBe(true);
  });
});

describe('the schedule', () => {
  const HOUR = 3_600_000;
  const noon = new Date(2026, 2, 10, 12).getTime();

  it('is due once a day, also late', () => {
    expect(latestTurn(noon, 3)).toBe(noon - 9 * HOUR);
    expect(latestTurn(noon, 13)).toBe(noon - 23 * HOUR);
    expect(latestTurn(noon, 12)).toBe(noon);
    const daily = { enabled: true, hour: 3 };
    expect(isDue(daily, 0, noon)).toBe(true);
    expect(isDue(daily, noon - 8 * HOUR, noon)).toBe(false);
    expect(isDue(daily, noon - 10 * HOUR, noon)).toBe(true);
    expect(isDue({ enabled: false, hour: 3 }, 0, noon)).toBe(false);
    expect(nextTurn(daily, noon)).toBe(new Date(2026, 2, 11, 3).getTime());
    expect(nextTurn({ ...daily, hour: 13 }, noon)).toBe(noon + HOUR);
    expect(nextTurn({ ...daily, enabled: false }, noon)).toBeNull();
  });

  interface Kept {
    settings: Map<string, unknown>;
    runs: Omit<RetrainRun, 'id'>[];
  }

  /** Nothing to learn from; `broken`: the database does not answer. */
  function schedule(
    now: () => number,
    broken = false,
  ): { schedule: RetrainingSchedule; kept: Kept; failures: unknown[] } {
    const kept: Kept = { settings: new Map(), runs: [] };
    const failures: unknown[] = [];
    const store = {
      setting: (key: string) => Promise.resolve(kept.settings.get(key)),
      swapSetting: (key: string, before: unknown, value: unknown) => {
        if (kept.settings.get(key) !== before) return Promise.resolve(false);
        kept.settings.set(key, value);
        return Promise.resolve(true);
      },
      promotedModels: () => Promise.resolve([]),
      addRetrainRun: (run: RetrainRun) => Promise.resolve(kept.runs.push(run)),
      removeOldFeatures: () => Promise.resolve(0),
    };
    const ask = (name: string): Promise<unknown> => {
      if (broken) return Promise.reject(new Error('the disk is gone'));
      return Promise.resolve(name === 'learnableFlows' ? learnable({}) : []);
    };
    const made = new RetrainingSchedule({
      store: store as never,
      readers: { ask } as never,
      now,
      onFailure: (error) => failures.push(error),
    });
    return { schedule: made, kept, failures };
  }

  it('is off unless it is set, and then runs once each day', async () => {
    let now = noon;
    const { schedule: daily, kept, failures } = schedule(() => now);
    await daily.look();
    await daily.ended;
    expect(kept.runs).toEqual([]);
    kept.settings.set(SCHEDULE_SETTING, { enabled: true, hour: 3 });
    for (const passed of [0, HOUR, 14 * HOUR, HOUR, HOUR]) {
      now += passed;
      await daily.look();
      await daily.ended;
    }
    expect(kept.runs.map(({ at: when, trigger }) => [when, trigger])).toEqual([
      [noon, 'schedule'],
      [noon + 15 * HOUR, 'schedule'],
    ]);
    expect(kept.settings.get(LAST_SETTING)).toBe(noon + 15 * HOUR);
    expect(failures).toEqual([]);
    await daily.close();
  }, 30_000);

  it('by hand runs one at a time', async () => {
    const { schedule: daily, kept } = schedule(() => noon);
    daily.runNow('ann');
    expect(daily.running).toBe(true);
    expect(() => daily.runNow('ann')).toThrow('already');
    await daily.ended;
    expect(daily.running).toBe(false);
    expect(kept.runs).toMatchObject([{ user: 'ann', trigger: 'by-hand' }]);
    expect(kept.runs[0]!.outcomes.map(({ taken }) => taken)).toEqual([false, false]);
    await daily.close();
  }, 30_000);

  it('that fails says so where runs are listed, and is not tried again that day', async () => {
    const { schedule: daily, kept, failures } = schedule(() => noon, true);
    kept.settings.set(SCHEDULE_SETTING, { enabled: true, hour: 3 });
    for (let i = 0; i < 2; i++) {
      await daily.look();
      await daily.ended;
    }
    expect(failures).toHaveLength(1);
    expect(kept.runs).toHaveLength(1);
    expect(kept.runs[0]!.outcomes[0]!.words).toContain('It failed, and what scored goes on');
    await daily.close();
  });
});
