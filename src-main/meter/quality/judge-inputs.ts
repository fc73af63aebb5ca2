/** From counts to words, of the inputs as such: their clock, their length, their kind of link. */
import { formatCount, formatNumber, plural } from '../../../src-shared/domain/amounts.ts';
import { qualityOf, type ReportQuality } from '../../../src-shared/domain/capture-quality.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import type { InputClock } from './packet-tally.ts';
import type { QualityFacts, Tallies } from './quality.ts';

type Found = ReportQuality | undefined;

const DAY_S = 86_400;
const YEAR_S = 365.25 * DAY_S;
/** Packets below which a clock is not judged. */
const CLOCK_PACKETS = 20;
/** Silences that are so many times as long as all the rest are jumps of the clock. */
const JUMP_TIMES = 10;
/** 1985: before it nobody captured packets. */
const FIRST_CAPTURE = 473_385_600;
/** Inputs with this much time between them do not belong together, seconds. */
const APART_S = 7 * DAY_S;
/** Ten minutes: the longest window that behaviours compare. */
const SHORT_S = 600;
const WIFI_SHARE = 0.2;
const WIFI_PACKETS = 10;

/** "3.2 years", "12 days", "2.0 h". */
export function longDuration(seconds: number): string {
  if (seconds >= 2 * YEAR_S) return `${formatNumber(Math.round((seconds / YEAR_S) * 10) / 10)} years`;
  if (seconds >= 2 * DAY_S) return plural(Math.round(seconds / DAY_S), 'day');
  return formatDuration(seconds);
}

/** Data frames that are encrypted, among all frames of captures of the air. */
export function wifi(_: Tallies, { inputs }: QualityFacts): Found {
  const ofAir = inputs.filter(({ linkTypes }) => linkTypes.some((name) => name.startsWith('IEEE802_11')));
  const frames = ofAir.reduce((sum, { packets }) => sum + packets, 0);
  const encrypted = ofAir
    .flatMap(({ warnings }) => warnings)
    .reduce((sum, { code, count }) => sum + (code === 'encrypted-frame' ? count : 0), 0);
  if (encrypted < WIFI_PACKETS || encrypted < frames * WIFI_SHARE) return undefined;
  return qualityOf(
    'wifi-encrypted',
    `${formatCount(encrypted)} of ${plural(frames, 'Wi-Fi frame')} are encrypted; the air's own messages make up the rest, or part of it.`,
  );
}

/** Copies that Sonde anonymised: what they lack was left out on purpose. */
export function anonymised({ inputs }: QualityFacts): Found {
  const copies = inputs.filter((input) => input.anonymised === true).length;
  if (copies === 0) return undefined;
  const what =
    copies === inputs.length
      ? copies === 1
        ? 'This'
        : 'Each of these files'
      : `${copies} of ${plural(inputs.length, 'file')}`;
  return qualityOf(
    'anonymised',
    `${what} is a copy that Sonde anonymised: addresses and cards are pseudonyms, and packets end behind their headers.`,
  );
}

function clockWords(clock: InputClock, isLive: boolean): string[] {
  if (clock.packets < CLOCK_PACKETS) return [];
  const words: string[] = [];
  if (clock.back > 0)
    words.push(`it went back ${plural(clock.back, 'time')}, by ${longDuration(clock.backMost)} at most`);
  const rest = clock.latest - clock.first - clock.silence;
  if (!isLive && clock.back === 0 && clock.silences > 0 && clock.silence >= JUMP_TIMES * rest)
    words.push(
      `it went on by ${longDuration(clock.silence)} in ${plural(clock.silences, 'step')}, while all the rest lasts ${longDuration(Math.max(0, rest))}`,
    );
  if (clock.first < FIRST_CAPTURE) words.push('it was not set: packets are dated before 1985');
  return words;
}

export function clockJumps({ packets }: Tallies, { inputs, isLive }: QualityFacts): Found {
  const told = packets.clocks.flatMap((clock, at) => {
    const words = clock ? clockWords(clock, isLive) : [];
    return words.length === 0 ? [] : [{ name: inputs.length > 1 ? nameOf(inputs[at]?.path ?? '') : '', words }];
  });
  const [first] = told;
  if (!first) return undefined;
  const others = told.length > 1 ? ` So do the clocks of ${plural(told.length - 1, 'other file')}.` : '';
  const whose = first.name === '' ? 'The clock' : `The clock of ${first.name}`;
  return qualityOf('clock-jumps', `${whose} is not to be trusted: ${first.words.join('; ')}.${others}`);
}

const nameOf = (path: string): string => (path.split(/[\\/]/).at(-1) ?? path).replace(/^[0-9a-f]{32}-/, '');

/** Inputs that were opened as one though long times lie between them. */
export function filesApart({ inputs }: QualityFacts): Found {
  const some = inputs.filter(({ packets }) => packets > 0).sort((a, b) => a.firstSec - b.firstSec);
  let until = some[0]?.lastSec ?? 0;
  let before = some[0]?.path ?? '';
  let widest = { gap: 0, before: '', after: '' };
  let gaps = 0;
  for (const { path, firstSec, lastSec } of some) {
    const gap = firstSec - until;
    if (gap >= APART_S) gaps++;
    if (gap > widest.gap) widest = { gap, before, after: path };
    if (lastSec > until) [until, before] = [lastSec, path];
  }
  if (gaps === 0) return undefined;
  const more = gaps > 1 ? ` ${plural(gaps - 1, 'more gap')} of a week or longer.` : '';
  return qualityOf(
    'files-apart',
    `Between ${nameOf(widest.before)} and ${nameOf(widest.after)} lie ${longDuration(widest.gap)}.${more}`,
  );
}

export function tooShort({ inputs, fewFlows }: QualityFacts): Found {
  const some = inputs.filter(({ packets }) => packets > 0);
  if (fewFlows === undefined || some.length === 0) return undefined;
  const from = Math.min(...some.map(({ firstSec }) => firstSec));
  const seconds = Math.max(...some.map(({ lastSec }) => lastSec)) - from;
  if (seconds >= SHORT_S && !fewFlows) return undefined;
  const few = fewFlows ? ' It has too few flows for the detectors to judge.' : '';
  return qualityOf('too-short', `The capture lasts ${longDuration(Math.max(0, seconds))}.${few}`);
}
