/** A baseline is learned once there is enough to learn from, scores from then on, and is there the next time. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContextTracker } from '../../../src-main/detect/features/context.ts';
import { isNoWorse } from '../../../src-main/detect/lab/successor.ts';
import { BaselineFolder } from '../../../src-main/run/pipeline/live/baseline/files.ts';
import type { NetworkFacts } from '../../../src-main/run/pipeline/live/baseline/network.ts';
import { Baselines, type BaselineSettings } from '../../../src-main/run/pipeline/live/baseline/baselines.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { openSource } from '../../../src-main/run/pipeline/source.ts';
import type { NamedModel } from '../../../src-main/run/pipeline/triage-types.ts';

const at = (place: string): NetworkFacts => ({
  route: `Iface\tDestination\tGateway\neth0\t00000000\t0100000A\t0003`,
  arp: `IP\n10.0.0.1 0x1 0x2 ${place} * eth0`,
  prefixes: ['10.0.0.7/8'],
});
const OFFICE = 'a4:83:e7:c9:a5:2c';
const HOME = '02:00:00:00:00:01';

describe('baselines', { timeout: 120_000 }, () => {
  let folder = '';
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-learning-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  interface Told {
    baselines: Baselines;
    codes: string[];
    messages: string[];
    models: NamedModel[];
    histories: Readonly<Record<string, string>>[];
  }

  function begin(settings: Partial<BaselineSettings>): Told {
    const told: Omit<Told, 'baselines'> = { codes: [], messages: [], models: [], histories: [] };
    const baselines = new Baselines({ folder, flows: 1600, minutes: 1, ...settings }, 'eth0', 1, {
      onNotice: (code, message) => {
        told.codes.push(code);
        told.messages.push(message);
      },
      onModel: (model) => void told.models.push(model),
      history: () => ({ drift: 'known' }),
      onHistory: (saved) => void told.histories.push(saved),
    });
    return { baselines, ...told };
  }

  /** Shows it the flows of the sample, those of two hosts in three left out as suspect; which of a batch are anomalous. */
  async function show(baselines: Baselines, anomalous?: Uint8Array): Promise<number> {
    const source = await openSource([resourcePath('sample', 'office-hour.pcapng.gz')], 1);
    const context = new ContextTracker();
    let flows = 0;
    for (let seen = await source.next(); seen; seen = await source.next()) {
      context.observeEvents(seen.observations.events);
      context.fill(seen.observations.flows);
      const { origHost } = seen.observations.flows.columns;
      for (let row = 0; row < seen.observations.flows.count; row++) flows += origHost[row]! % 3 === 0 ? 1 : 0;
      baselines.observe(seen.observations.flows, (from) => from % 3 !== 0, anomalous);
    }
    await source.close();
    return flows;
  }

  async function until(done: () => boolean, ms = 90_000): Promise<void> {
    for (const began = performance.now(); !done();) {
      if (performance.now() - began > ms) throw new Error('not in time');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('tell how far they are, learn aside, and score by what was learned', async () => {
    const { baselines, codes, models } = begin({ facts: () => Promise.resolve(at(OFFICE)) });
    baselines.tick(1000);
    await until(() => codes.includes('network'));
    const flows = await show(baselines);
    expect(flows).toBeGreaterThan(1600);
    expect(baselines.state).toEqual({ network: `10.0.0.0/8 behind ${OFFICE}`, flows, minutes: 0, own: false });
    for (let second = 1000; second < 1059; second++) baselines.tick(second);
    // A night's sleep is no time of watching.
    baselines.tick(30_000);
    expect(baselines.state.minutes).toBe(1);
    await until(() => models.length > 0);
    expect(codes).toEqual(['network', 'learned']);
    expect(models[0]?.name).toBe('a4-83-e7-c9-a5-2c_10.0.0.0-8.model');
    expect(models[0]?.model.description.source).toBe(`the network 10.0.0.0/8 behind ${OFFICE}`);
    expect(baselines.state.own).toBe(true);
    await baselines.close();
    expect(readdirSync(folder).sort()).toEqual(
      ['history', 'log', 'model', 'rows'].map((kind) => `a4-83-e7-c9-a5-2c_10.0.0.0-8.${kind}`),
    );
  });

  it('are there the next time, each in its network', async () => {
    const { baselines, codes, models, histories } = begin({ facts: () => Promise.resolve(at(OFFICE)) });
    baselines.tick(1000);
    await until(() => codes.length > 0);
    expect(models).toHaveLength(1);
    expect(histories).toEqual([{ drift: 'known' }]);
    expect(baselines.state).toMatchObject({ own: true, network: `10.0.0.0/8 behind ${OFFICE}` });
    expect(baselines.state.flows).toBeGreaterThan(1600);
    await baselines.close();
    const elsewhere = begin({ facts: () => Promise.resolve(at(HOME)) });
    elsewhere.baselines.tick(1000);
    await until(() => elsewhere.codes.length > 0);
    expect(elsewhere.models).toEqual([]);
    expect(elsewhere.histories).toEqual([{}]);
    expect(elsewhere.baselines.state).toMatchObject({ own: false, flows: 0 });
    await elsewhere.baselines.close();
  });

  it('are learned anew after a day, judged beside the model before, which can be gone back to', async () => {
    const kept = new BaselineFolder(folder);
    const network = 'a4-83-e7-c9-a5-2c_10.0.0.0-8';
    const first = await kept.modelFile(network);
    const { baselines, codes } = begin({ facts: () => Promise.resolve(at(OFFICE)), wallClock: () => 5000 });
    baselines.tick(1000);
    await until(() => codes.includes('network'));
    await show(baselines);
    baselines.tick(2000);
    expect(codes).toEqual(['network']);
    baselines.tick(1001 + 86_400);
    await until(() => codes.length > 1);
    await baselines.close();
    const [, once] = await kept.log(network);
    const taken = codes[1] === 'learned';
    expect(codes[1]).toBe(taken ? 'learned' : 'baseline-kept');
    expect(once).toMatchObject({ at: 5000, taken });
    expect(isNoWorse(once!.judged.next, once!.judged.before!)).toBe(taken);
    expect(once!.judged.next.separation).toBeGreaterThan(0.7);
    expect((await kept.list())[0]).toMatchObject({ network, models: { length: taken ? 2 : 1 } });
    expect(await kept.rollBack(network)).toBe(taken);
    expect(await kept.modelFile(network)).toEqual(first);
    expect(await kept.rollBack(network)).toBe(false);
    expect(await kept.rollBack('../elsewhere')).toBe(false);
  });

  it('are learned anew at once when they call too much of what is ordinary unusual, two hours in a row', async () => {
    const { baselines, codes, messages } = begin({ facts: () => Promise.resolve(at(OFFICE)) });
    baselines.tick(1000);
    await until(() => codes.includes('network'));
    baselines.tick(1001);
    const every = new Uint8Array(65_536).fill(1);
    await show(baselines, every);
    baselines.tick(1000 + 3600 + 1);
    await show(baselines, every);
    expect(codes).toEqual(['network']);
    baselines.tick(1000 + 7200 + 1);
    await until(() => codes.length > 1);
    await baselines.close();
    expect(messages[1]).toContain('was learned anew, as 100.0 % of ordinary flows were found unusual of late');
  });

  it('of one network keep three models to go back to', async () => {
    const kept = new BaselineFolder(join(folder, 'versions'));
    for (const version of [1, 2, 3, 4, 5]) await kept.saveModel('net', Uint8Array.of(version));
    const seen: (number | undefined)[] = [];
    do seen.push((await kept.modelFile('net'))?.[0]);
    while (await kept.rollBack('net'));
    expect(seen).toEqual([5, 4, 3, 2]);
    expect((await kept.list()).map(({ network }) => network)).toEqual(['net']);
  });

  it('keep a log that survives lines of others', async () => {
    const place = join(folder, 'log');
    const kept = new BaselineFolder(place);
    const judged = { next: { separation: 0.9, alarms: 0.01 }, before: null };
    await kept.note('net', { at: 1, flows: 2, taken: true, judged });
    const never = JSON.stringify({ at: 9e15, flows: 5, taken: true, judged });
    writeFileSync(join(place, 'net.log'), `nonsense\n{"at":1}\n${never}\n`, { flag: 'a' });
    await kept.note('net', { at: 3, flows: 4, taken: false, judged });
    expect(await kept.log('net')).toEqual([
      { at: 1, flows: 2, taken: true, judged },
      { at: 3, flows: 4, taken: false, judged },
    ]);
  });

  it('wait for as much as they need, over several captures', async () => {
    const settings = { folder: join(folder, 'slow'), minutes: 0, flows: 1e9, facts: () => Promise.resolve(at(HOME)) };
    const first = begin(settings);
    first.baselines.tick(5);
    await until(() => first.codes.length > 0);
    const flows = await show(first.baselines);
    first.baselines.tick(6);
    await first.baselines.close();
    expect(first.codes).toEqual(['network']);
    const second = begin({ ...settings, flows: flows + 1 });
    second.baselines.tick(5);
    await until(() => second.codes.length > 0);
    expect(second.baselines.state.flows).toBe(flows);
    await second.baselines.close();
  });
});
