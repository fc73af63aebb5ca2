/** What the fleet's states and figures are called. */
import type { FleetState, SensorState, WorkerState } from '../../../src-shared/contract/topics/fleet.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { bytes, counted } from '../../lib/numbers.ts';

/** good: all is well. off: it is meant to be so. bad: somebody should look. */
export type Tone = 'good' | 'off' | 'bad';

export interface Said {
  word: string;
  why: string;
  tone: Tone;
}

export const SENSOR_WORDS: Readonly<Record<SensorState, Said>> = {
  well: { word: 'sends', why: 'It is heard, and nothing is lost.', tone: 'good' },
  losing: { word: 'loses', why: 'Within the last half minute it lost packets or flows.', tone: 'bad' },
  behind: {
    word: 'not waited for',
    why: 'It sent nothing for too long: the analysis goes on without it until it has caught up.',
    tone: 'bad',
  },
  silent: { word: 'silent', why: 'It was heard before, and says nothing now.', tone: 'bad' },
  ended: { word: 'ended', why: 'Its run is over, and all of it is here.', tone: 'off' },
  unheard: { word: 'never heard', why: 'It stands in the list of sensors, and nothing came of it yet.', tone: 'off' },
  refused: {
    word: 'not believed',
    why: 'What is said in its name is not signed with its key. Compare the key in the list of sensors.',
    tone: 'bad',
  },
};

export const WORKER_WORDS: Readonly<Record<WorkerState, Said>> = {
  works: { word: 'works', why: 'It has the role of the site.', tone: 'good' },
  'stands-by': { word: 'stands by', why: 'It takes the role when the worker that has it is gone.', tone: 'good' },
  silent: { word: 'silent', why: 'It was heard before, and says nothing now.', tone: 'bad' },
};

/** Reasons for which records of workers are not taken. */
const RECORD_FAULTS: Readonly<Record<string, string>> = {
  'too-large': 'too large',
  'too-deep': 'nested too deeply',
  'no-json': 'no JSON',
  'no-incident': 'not an incident as this version knows it',
  'no-worker': 'not what a worker says of itself',
};

export function refusedWords(refused: Readonly<Record<string, number>>): string {
  const all = Object.entries(refused).filter(([, count]) => count > 0);
  return all.map(([reason, count]) => `${count} ${RECORD_FAULTS[reason] ?? reason}`).join(', ');
}

const KEYS_NAMED = 3;

/** What was too large to be taken from the server, and what to do about it. */
export function tooLargeWords(all: FleetState['tooLarge']): string {
  const named = all.slice(0, KEYS_NAMED).map(({ key, part, bytes: size, times }) => {
    const what = [part, size === 0 ? '' : bytes(size), times === 1 ? '' : counted(times, 'time')].filter(Boolean);
    return `${key} (${what.join(', ')})`;
  });
  const more = all.length > named.length ? ` and ${counted(all.length - named.length, 'more key')}` : '';
  const cure = 'Nobody of the fleet writes such: look who has rights in Redis, and remove it there.';
  return `Too large to be taken from the server: ${named.join('; ')}${more}. ${cure}`;
}

/** What a row says of a clock: of a capture that is read it says nothing. */
export function clockText(seconds: number | null, isReplay: boolean): string {
  return isReplay ? 'replay' : lagText(seconds);
}

/** Reasons for which a sensor hands out no packets. */
const PACKET_REFUSALS: Readonly<Record<string, string>> = {
  'not-a-request': 'no request of this version',
  'too-large': 'too large',
  'other-sensor': 'meant for another sensor',
  'unknown-desk': 'by desks that it does not know',
  'bad-signature': 'wrongly signed',
  stale: 'too old',
  repeated: 'asked before',
  failed: 'not readable',
};

/** How a sensor dealt with requests for packets since it was started. */
export function handedText({
  answered,
  refused,
}: {
  answered: number;
  refused: Readonly<Record<string, number>>;
}): string {
  const all = Object.entries(refused).filter(([, count]) => count > 0);
  const sum = all.reduce((total, [, count]) => total + count, 0);
  const why = all.map(([reason, count]) => `${count} ${PACKET_REFUSALS[reason] ?? reason}`).join(', ');
  return `${counted(answered, 'request')} answered, ${sum} refused${why === '' ? '' : ` (${why})`}`;
}

/** Seconds that something is behind. */
export function lagText(seconds: number | null): string {
  if (seconds === null) return '–';
  return seconds < 1 ? 'under 1 s' : formatDuration(seconds);
}

/** By two clocks of the same machine, ms; what lies ahead is now. */
export function heardText(heard: number | null, now: number): string {
  if (heard === null) return 'never';
  const seconds = Math.max(0, Math.round((now - heard) / 1000));
  return seconds < 3 ? 'now' : `${formatDuration(seconds)} ago`;
}

/** What a sensor lost, and what of it never arrived. */
export function lossText(dropped: number | null, flows: number, missing: number): string {
  const parts = [
    dropped === null || dropped === 0 ? '' : counted(dropped, 'packet'),
    flows === 0 ? '' : counted(flows, 'flow'),
    missing === 0 ? '' : `${counted(missing, 'batch', 'batches')} missing`,
  ].filter(Boolean);
  if (parts.length > 0) return parts.join(', ');
  return dropped === null ? 'not known' : 'none';
}
