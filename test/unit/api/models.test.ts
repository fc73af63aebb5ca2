import { describe, expect, it } from 'vitest';
import { TrainingProgress } from '../../../src-main/run/api/models/progress.ts';
import { contract } from '../../../src-shared/contract/index.ts';
import { notesOnDisk } from '../../../src-shared/contract/topics/models.ts';
import { makeDouble } from '../../../src-shared/contract/double.ts';

const reading = (bytesRead: number) => ({ path: '/somewhere/a.csv', bytesRead, bytesTotal: 100, rows: 5 });

function told(work: (progress: TrainingProgress) => void): [string, number][] {
  const states: [string, number][] = [];
  work(new TrainingProgress((step, share) => states.push([step, Number(share.toFixed(3))])));
  return states;
}

describe('how far a training is', () => {
  it('goes from reading by way of the fit that is judged to the one that is kept, and never back', () => {
    const states = told((progress) => {
      progress.learn('reading a.csv');
      progress.read(reading(50));
      progress.learn('learning without some kinds: encoding 10 records');
      progress.learn('learning without some kinds: random-forest', 0.5);
      progress.learn('judging by what was held back');
      progress.learn('learning: random-forest', 0.25);
      progress.learn('judging both models');
    });
    expect(states).toEqual([
      ['reading a.csv', 0],
      ['reading /somewhere/a.csv', 0.075],
      ['learning without some kinds: encoding 10 records', 0.15],
      ['learning without some kinds: random-forest', 0.35],
      ['judging by what was held back', 0.35],
      ['learning: random-forest', 0.65],
      ['judging both models', 0.65],
    ]);
  });

  it('gives a search its part, before both fits', () => {
    const states = told((progress) => {
      progress.learn('searching: k-nearest', 0.5);
      progress.learn('learning without some kinds: k-nearest', 0.5);
      progress.learn('learning: k-nearest', 0.5);
    });
    expect(states.map(([, share]) => share)).toEqual([0.35, 0.65, 0.85]);
  });

  it('a single fit has all of it', () => {
    const states = told((progress) => {
      progress.learn('learning: k-means', 0);
      progress.learn('learning: k-means', 1);
    });
    expect(states.map(([, share]) => share)).toEqual([0.15, 0.95]);
  });
});

describe('the contract of models', () => {
  const { client } = makeDouble(contract, {
    models: { train: ({ options }) => ({ job: options.seed + 100 * options.validation }), setSchedule: () => ({}) },
  });
  const files = [{ kind: 'upload' as const, id: 'x' }];

  it('has the defaults of the command line', async () => {
    const data = { kind: 'files' as const, files };
    expect(await client.models.train({ data, options: { detector: 'random-forest' } })).toEqual({ job: 21 });
  });

  it.each([
    ['no file', { data: { kind: 'files', files: [] }, options: { detector: 'k-means' } }],
    ['everything held back', { data: { kind: 'files', files }, options: { detector: 'k-means', validation: 1 } }],
    ['too long a search', { data: { kind: 'files', files }, options: { detector: 'random-forest', search: 51 } }],
    [
      'trees beside the parameters',
      { data: { kind: 'files', files }, options: { detector: 'random-forest', trees: 9 } },
    ],
  ])('refuses %s', async (_, input) => {
    await expect(client.models.train(input as never)).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('refuses an hour that no clock shows', async () => {
    await expect(client.models.setSchedule({ enabled: true, hour: 24 })).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('notes of before every parameter could be set', () => {
  const options = { seed: 3, validation: 0.2, targetFpr: 0.05, classWeights: 'balanced', sampling: 'none' };
  const noted = (part: object) =>
    notesOnDisk.parse({ options: { ...options, keepShortcuts: false, ...part }, warnings: [], before: null }).options;

  it('are read: a forest had its trees, others none', () => {
    expect(noted({ detector: 'random-forest', trees: 40 })).toEqual({
      ...options,
      keepShortcuts: false,
      detector: 'random-forest',
      parameters: { trees: 40 },
    });
    expect(noted({ detector: 'k-means', trees: 100 })).not.toHaveProperty('parameters');
    expect(noted({ detector: 'k-means', trees: 100 })).not.toHaveProperty('trees');
  });

  it('do not change those of today', () => {
    const today = { detector: 'k-means', parameters: { clusters: 4 }, search: 3 };
    expect(noted(today)).toMatchObject(today);
    expect(noted({ detector: 'open-forest' })).toMatchObject({ detector: 'open-forest' });
  });
});
