import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../src-shared/domain/live.ts';
import { replay } from '../../../src-main/run/pipeline/live/replay.ts';
import { watch } from '../../../src-main/run/pipeline/live/session.ts';
import { packetShedWords } from '../../../src-main/run/pipeline/live/shedding.ts';
import { shortSample } from '../../setup/short-sample.ts';

const SAMPLE = shortSample();

/** The sample as though it came from a card that packets are looked at so many ms behind. */
async function played(behind: number, packetDetectors: readonly string[]): Promise<LiveEvent[]> {
  const source = await replay({ files: [SAMPLE], speed: 'max' });
  Object.defineProperties(source, { insistent: { value: true }, behindMs: { value: () => behind } });
  const events: LiveEvent[] = [];
  try {
    const onEvent = (event: LiveEvent): void => void events.push(event);
    (await watch(source, { seed: 1, onEvent, packetDetectors })).close();
  } finally {
    await source.close();
  }
  return events;
}

const notices = (events: readonly LiveEvent[]): string[] =>
  events.flatMap((event) => (event.event === 'notice' && event.code === 'shed' ? [event.message] : []));

describe('detectors of packets in a live session', { timeout: 60_000 }, () => {
  it('are the first that are left out where the machine cannot keep up, before anything else is', async () => {
    const events = await played(500, ['kitnet']);
    expect(notices(events)).toEqual([packetShedWords(1)]);
    const ended = events.find((event) => event.event === 'ended')!;
    const { seen, leftOut } = ended.packetDetectors![0]!.packets!;
    expect(leftOut).toBeGreaterThan(0);
    expect(seen + leftOut).toBe(ended.stats.received);
    expect(ended.stats.shed).toBe(0);
  });

  it('see everything where it can', async () => {
    const events = await played(0, ['kitnet']);
    expect(notices(events)).toEqual([]);
    const ended = events.find((event) => event.event === 'ended')!;
    expect(ended.packetDetectors![0]!.packets).toMatchObject({ seen: ended.stats.received, leftOut: 0 });
  });

  it('are nowhere told of where none was asked for', async () => {
    const events = await played(500, []);
    expect(notices(events)).toEqual([]);
    expect(events.find((event) => event.event === 'ended')).not.toHaveProperty('packetDetectors');
  });
});
