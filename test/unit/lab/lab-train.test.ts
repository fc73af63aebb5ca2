import { describe, expect, it } from 'vitest';
import { sampledRows } from '../../../src-main/detect/lab/sampling.ts';
import { allRows } from '../../../src-main/detect/lab/split.ts';
import { labelled, trained } from './lab-records.ts';

describe('training on labelled records', () => {
  it('judges a supervised detector by kinds that it had not seen, and keeps one that has', async () => {
    const { heldBack, training } = (await trained()).model.description;
    expect(heldBack.leftOut).toHaveLength(1);
    expect(heldBack.attack).toBe(200);
    expect(training.learned + training.calibrated).toBe(1800);
    expect(training.calibrated).toBe(heldBack.normal);
  });

  it('sets the threshold on ordinary records it has not learned from', async () => {
    const { model } = await trained({ targetFpr: 0.02 }, 6000);
    const fresh = labelled(3000, 9);
    const { alarm } = model.score(fresh);
    const ordinary = alarm.filter((_, row) => !fresh.attack[row]);
    expect(ordinary.reduce((a, b) => a + b, 0) / ordinary.length).toBeLessThan(0.05);
    expect(model.description.heldBack.fpr).toBeLessThanOrEqual(0.02);
    const attacks = alarm.filter((_, row) => fresh.attack[row]);
    expect(attacks.every((one) => one === 1)).toBe(true);
  });

  it('learns without labels from ordinary records alone, or from all', async () => {
    const normal = (await trained({ detector: 'mean-z2' })).model.description;
    expect(normal.regime).toBe('normal-only');
    expect(normal.training.learned + normal.training.calibrated).toBe(1200);
    const mixed = (await trained({ detector: 'mean-z2', regime: 'contaminated' })).model.description;
    expect(mixed.training.learned + mixed.training.calibrated).toBe(1800);
    expect(normal.heldBack.rocAuc).toBeGreaterThan(0.9);
  });

  it('leaves shortcuts out unless asked for them', async () => {
    const [without, kept] = [await trained(), await trained({ keepShortcuts: true })];
    expect(without.model.needed.map(({ name }) => name)).not.toContain('dst_port');
    expect(kept.model.needed.map(({ name }) => name)).toContain('dst_port');
  });

  it('tells how far it is and stops when asked, after the tree at hand', async () => {
    const stop = new AbortController();
    const shares: number[] = [];
    const run = trained({
      parameters: { trees: 50 },
      signal: stop.signal,
      onProgress: (_, share) => {
        if (share !== undefined) shares.push(share);
        if (shares.length === 4) stop.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(shares).toEqual([0, 0.02, 0.04, 0.06]);
  });

  it.each([
    [{ detector: 'forest' }, 'no such detector'],
    [{ detector: 'gru-autoencoder' }, 'what a host did before'],
    [{ detector: 'mean-z2', regime: 'supervised' as const }, 'mean-z2 learns without labels'],
    [{ regime: 'normal-only' as const }, 'random-forest learns from labels'],
  ])('refuses %j', async (options, message) => {
    await expect(trained(options)).rejects.toThrow(message);
  });

  it('needs enough to learn from', async () => {
    await expect(trained({}, 30)).rejects.toMatchObject({ code: 'too-little-data' });
  });
});

describe('sampling', () => {
  const { attack } = labelled(900, 3);
  const rows = allRows(900);
  const attacks = (chosen: Int32Array): number => chosen.reduce((sum, row) => sum + attack[row]!, 0);

  it('leaves out of the larger class, or repeats the smaller, until both are as many', () => {
    const under = sampledRows(rows, attack, 'under', 1);
    expect([under.length, attacks(under), new Set(under).size]).toEqual([600, 300, 600]);
    const over = sampledRows(rows, attack, 'over', 1);
    expect([over.length, attacks(over), new Set(over).size]).toEqual([1200, 600, 900]);
    expect(sampledRows(rows, attack, 'none', 1)).toBe(rows);
  });

  it('is by the seed', () => {
    expect([...sampledRows(rows, attack, 'under', 1)]).toEqual([...sampledRows(rows, attack, 'under', 1)]);
    expect([...sampledRows(rows, attack, 'under', 1)]).not.toEqual([...sampledRows(rows, attack, 'under', 2)]);
  });
});

describe('class weights', () => {
  it('change what is learned where classes are uneven', async () => {
    const fresh = labelled(300, 4);
    const detector = 'logistic-regression';
    const [even, plain] = [await trained({ detector }), await trained({ detector, classWeights: 'none' })];
    expect([...even.model.score(fresh).raw]).not.toEqual([...plain.model.score(fresh).raw]);
    expect(plain.model.description.classWeights).toBe('none');
  });
});
