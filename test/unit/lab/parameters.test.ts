import { describe, expect, it } from 'vitest';
import { drawnValues, parameterValues } from '../../../src-main/detect/detectors/matrix/parameters.ts';
import { MATRIX_DETECTORS } from '../../../src-main/detect/detectors/matrix/registry.ts';
import { RANDOM_FOREST_PARAMETERS } from '../../../src-main/detect/detectors/random-forest/detector.ts';
import { randomSource } from '../../../src-main/detect/features/random.ts';
import { LAB_DETECTORS } from '../../../src-main/detect/lab/lab-detectors.ts';
import { searchParameters } from '../../../src-main/detect/lab/search.ts';
import { allRows } from '../../../src-main/detect/lab/split.ts';
import { labelled, trained } from './lab-records.ts';

describe('parameters of a detector', () => {
  it('are declared with bounds around what is usual, and searched within them', () => {
    const ids = LAB_DETECTORS.filter(({ parameters }) => parameters.length > 0).map(({ id }) => id);
    expect(ids).toContain('random-forest');
    for (const { parameters } of LAB_DETECTORS) {
      expect(new Set(parameters.map(({ id }) => id)).size).toBe(parameters.length);
      for (const { least, most, usual, whole, meaning, search } of parameters) {
        expect(meaning).not.toBe('');
        expect(usual >= least && usual <= most && (!whole || Number.isInteger(usual))).toBe(true);
        if (search) expect(search.least >= least && search.most <= most && search.least < search.most).toBe(true);
      }
    }
  });

  it('have their usual values where none is given', () => {
    expect(parameterValues('random-forest', RANDOM_FOREST_PARAMETERS, { maxDepth: 8 })).toEqual({
      trees: 100,
      maxDepth: 8,
      leafRows: 1,
      columns: 0,
    });
  });

  it.each([
    [{ tree: 3 }, 'random-forest.tree: there is no such parameter'],
    [{ trees: 0 }, 'random-forest.trees: 0 is not a whole number from 1 to 1000'],
    [{ trees: 1001 }, '1001 is not a whole number'],
    [{ maxDepth: 2.5 }, '2.5 is not a whole number from 1 to 40'],
    [{ leafRows: NaN }, 'NaN is not a whole number'],
  ])('are checked: %j', (given, message) => {
    expect(() => MATRIX_DETECTORS.find(({ id }) => id === 'random-forest')!.create(given)).toThrow(message);
  });

  it('are drawn within the bounds of the search, the same for the same seed; what is set stays', () => {
    for (const { parameters } of LAB_DETECTORS) {
      const random = randomSource(3, 1);
      for (let i = 0; i < 50; i++) {
        expect(() => parameterValues('any', parameters, drawnValues(parameters, {}, random))).not.toThrow();
      }
    }
    const draw = (): object => drawnValues(RANDOM_FOREST_PARAMETERS, { trees: 7 }, randomSource(5, 1));
    expect(draw()).toEqual(draw());
    expect(draw()).toMatchObject({ trees: 7 });
  });

  it.each([
    ['random-forest', { trees: 3 }, { trees: 40 }],
    ['random-forest', { maxDepth: 1 }, {}],
    ['random-forest', { leafRows: 100 }, {}],
    ['random-forest', { columns: 1 }, { columns: 9 }],
    ['gradient-boosting', { trees: 2 }, {}],
    ['gradient-boosting', { rate: 0.5 }, {}],
    ['gradient-boosting', { leaves: 2 }, {}],
    ['gradient-boosting', { maxDepth: 1 }, {}],
    ['gradient-boosting', { leafRows: 400 }, {}],
    ['gradient-boosting', { l2: 100 }, {}],
    ['gradient-boosting', { rows: 0.3 }, {}],
    ['gradient-boosting', { columns: 0.3 }, {}],
    ['logistic-regression', { epochs: 1000 }, {}],
    ['logistic-regression', { rate: 0.2 }, {}],
    ['logistic-regression', { l2: 5 }, {}],
    ['stacked-forest', { maxDepth: 1 }, {}],
    ['isolation-forest', { trees: 5 }, {}],
    ['isolation-forest', { subsample: 16 }, {}],
    ['k-nearest', { neighbours: 30 }, {}],
    ['k-nearest', { reference: 100 }, {}],
    ['local-outlier', { neighbours: 3 }, {}],
    ['local-outlier', { reference: 100 }, {}],
    ['k-means', { clusters: 5 }, { clusters: 9 }],
    ['gaussian-mixture', { components: 1 }, { components: 3 }],
    ['dbscan', { neighbours: 3 }, {}],
    ['dbscan', { reference: 100 }, {}],
    ['autoencoder', { epochs: 1 }, { epochs: 2 }],
    ['autoencoder', { epochs: 1, learningRate: 0.05 }, { epochs: 1 }],
    ['autoencoder', { epochs: 1, dropout: 0.5 }, { epochs: 1 }],
    ['variational-autoencoder', { epochs: 1 }, { epochs: 2 }],
  ])('of %s change what it says: %j, not %j', async (detector, one, other) => {
    const fresh = labelled(300, 4);
    const scores = async (parameters: Record<string, number>): Promise<number[]> => {
      const { model } = await trained({ detector, parameters }, 2400);
      expect(model.description.parameters).toMatchObject(parameters);
      return [...model.score(fresh).raw];
    };
    expect(await scores(one)).not.toEqual(await scores(other));
  });
});

describe('the search', () => {
  const table = labelled(1500, 1);
  const shared = {
    table,
    rows: allRows(table.rows),
    seed: 1,
    validation: 0.2,
    keepShortcuts: false,
    classWeights: 'balanced',
    sampling: 'none',
  } as const;
  const entryOf = (id: string) => LAB_DETECTORS.find((entry) => entry.id === id)!;

  it('tries the usual settings first, keeps what is set, takes the best, and is the same for the same seed', async () => {
    const search = () =>
      searchParameters({
        ...shared,
        entry: entryOf('random-forest'),
        regime: 'supervised',
        given: { trees: 5 },
        tries: 4,
      });
    const found = await search();
    expect(found.tried).toHaveLength(4);
    expect(found.tried[0]!.parameters).toEqual({ trees: 5, maxDepth: 40, leafRows: 1, columns: 0 });
    expect(found.tried.every(({ parameters }) => parameters['trees'] === 5)).toBe(true);
    const best = Math.max(...found.tried.map(({ mean }) => mean));
    expect(found.tried.find(({ mean }) => mean === best)!.parameters).toEqual(found.chosen);
    for (const { folds, mean } of found.tried) {
      expect(folds).toHaveLength(3);
      expect(mean).toBeCloseTo(folds.reduce((a, b) => a + b, 0) / 3, 12);
    }
    expect(found.criterion).toContain('kinds of attack that were left out');
    expect(await search()).toEqual(found);
  });

  it('judges without labels by anomalies that are made up', async () => {
    const entry = entryOf('k-nearest');
    const found = await searchParameters({ ...shared, entry, regime: 'normal-only', given: {}, tries: 3 });
    expect(found.criterion).toContain('made up');
    expect(found.tried.every(({ mean }) => mean > 0.5 && mean <= 1)).toBe(true);
  });

  it('is kept in the model, whose detector has the values it found', async () => {
    const { model } = await trained({ parameters: { trees: 5 }, search: 3 });
    const { search, parameters } = model.description;
    expect(search!.tried).toHaveLength(3);
    expect(parameters).toEqual(search!.chosen);
  });

  it.each([
    ['mean-z2', 'mean-z2 has nothing to search for'],
    ['ensemble', 'ensemble has nothing to search for'],
  ])('is refused for %s', async (detector, message) => {
    await expect(trained({ detector, search: 3 })).rejects.toThrow(message);
  });

  it('ends when it is stopped', async () => {
    const stop = new AbortController();
    const run = trained({
      search: 20,
      signal: stop.signal,
      onProgress: (what) => {
        if (what.startsWith('searching')) stop.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
  });
});
