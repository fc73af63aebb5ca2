/** Played through the live path, captures of all kinds give what a causal triage gives, byte for byte. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LiveEvent, LiveIncident } from '../../../src-shared/domain/live.ts';
import { writeFlows } from '../../../src-main/run/cli/flows-file.ts';
import { replay } from '../../../src-main/run/pipeline/live/replay.ts';
import { watch } from '../../../src-main/run/pipeline/live/session.ts';
import { loadScoringModel } from '../../../src-main/run/pipeline/model.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import type { NamedModel, TriageResult } from '../../../src-main/run/pipeline/triage-types.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { removeFolder, temporaryFolder } from '../capture/network.ts';

const DATA = join(import.meta.dirname, '../../../../shared/data/pcaps');
const LARGEST = 4_000_000;
const CAPTURES = 30;

/** Spread evenly over the sizes of all that are not large. */
function chosen(): string[] {
  if (!existsSync(DATA)) return [];
  const all = readdirSync(DATA, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(pcap|pcapng|cap)$/.test(name))
    .map((name) => ({ name, size: statSync(join(DATA, name)).size }))
    .filter(({ size }) => size > 1000 && size < LARGEST)
    .sort((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1));
  const count = Math.min(CAPTURES, all.length);
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 1) * all.length) / count) - 1]!.name);
}

const captures = chosen();

suiteNeeds(captures.length >= 20, 'no ../shared/data')('played captures', () => {
  let model: NamedModel;
  let folder: string;
  beforeAll(async () => {
    folder = temporaryFolder();
    model = await loadScoringModel(undefined);
  });
  afterAll(() => removeFolder(folder));

  /** Everything of a result that does not tell how long it took. */
  async function told(result: TriageResult): Promise<{ report: unknown; flows: string; hosts: unknown }> {
    const out = join(folder, 'flows.ndjson');
    await writeFlows(result, out);
    const told = {
      report: { ...result.report, timings: null },
      flows: readFileSync(out, 'utf8'),
      hosts: [...result.allHosts()],
    };
    result.close();
    return told;
  }

  it.each(captures)(
    '%s',
    async (name) => {
      const files = [join(DATA, name)];
      const options = { seed: 1, model };
      const causal = await told(await triage({ ...options, files, threads: 1, causal: true }));
      const events: LiveEvent[] = [];
      const source = await replay({ files, speed: 'max' });
      const onEvent = (event: LiveEvent): void => void events.push(event);
      const result = await watch(source, { ...options, flowLimit: Infinity, onEvent });
      await source.close();
      const { incidents } = result.report;
      const live = await told(result);
      expect(live.flows).toBe(causal.flows);
      expect(live).toEqual(causal);
      const last = new Map<string, LiveIncident>();
      for (const event of events) if (event.event === 'incident') last.set(event.uid, event);
      const final = [...last.values()].filter((event) => !event.withdrawn).sort((a, b) => a.id - b.id);
      expect(final.map(({ event: _e, state: _s, latencyMs: _l, ...incident }) => incident)).toEqual(incidents);
      expect(final.every(({ state }) => state === 'closed')).toBe(true);
      expect(events.at(-1)).toMatchObject({ event: 'ended', reason: 'end-of-file', stats: { shed: 0 } });
    },
    60_000,
  );
});
