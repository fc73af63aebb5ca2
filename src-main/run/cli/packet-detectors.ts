/** `--packet-detectors ID,…`: detectors that look at every packet, off unless asked for. */
import type { ReportDetector } from '../../../src-shared/domain/report.ts';
import { PACKET_DETECTORS } from '../../detect/detectors/packets/registry.ts';
import type { TriageOptions } from '../pipeline/triage-types.ts';
import { usageError, wholeNumber, type OptionSpec, type Parsed } from './arguments.ts';
import { formatCount, plural } from './words.ts';

const NAME = 'packet-detectors';
const LEARN = 'learn-packets';
const LEAST = 20_000;
const MOST = 1_000_000;

const idsFor = (live: boolean): string[] => PACKET_DETECTORS.filter((one) => one.live || !live).map(({ id }) => id);

export const packetDetectorsOptions = (live: boolean): OptionSpec[] => [
  { name: NAME, value: 'ID,…', help: `also look at every packet, by ${idsFor(live).join(', ')} (default: none)` },
  { name: LEARN, value: 'N', help: 'packets those learn from (default: kitnet the first 100,000, others 20,000)' },
];

/** @throws SondeError `usage` for one that there is not, or that holds up a live capture. */
export function packetDetectorsOf(
  parsed: Parsed,
  live: boolean,
): Pick<TriageOptions, 'packetDetectors' | 'learnPackets'> {
  const text = parsed.value(NAME);
  if (text === undefined) {
    if (!parsed.on(LEARN)) return {};
    throw usageError(`--${LEARN} without --${NAME}`, `--${LEARN}`, `Say which with --${NAME} ${idsFor(live)[0]}.`);
  }
  const wanted = text.split(',');
  for (const id of wanted) {
    if (idsFor(live).includes(id)) continue;
    const known = PACKET_DETECTORS.some((one) => one.id === id);
    const what = known ? 'learning takes too long for a live capture' : 'there is no such detector';
    throw usageError(`--${NAME} ${id}: ${what}`, `--${NAME}`, `There is: ${idsFor(live).join(', ')}.`);
  }
  const packetDetectors = [...new Set(wanted)];
  return parsed.on(LEARN)
    ? { packetDetectors, learnPackets: wholeNumber(parsed, LEARN, LEAST, LEAST, MOST) }
    : { packetDetectors };
}

/** One line for each of them, for people. */
export function packetDetectorLines(detectors: readonly ReportDetector[]): string[] {
  return detectors.flatMap(({ id, status, packets }) => {
    if (!packets) return [];
    const { seen, needed, scored, unusual, leftOut, sources } = packets;
    const out = leftOut > 0 ? ` ${plural(leftOut, 'packet')} left out because the machine could not keep up.` : '';
    if (status !== 'scored') {
      const far = `${formatCount(seen)} of ${formatCount(needed)} packets it learns from`;
      return [`${id}: ${status === 'learning' ? 'learning' : 'too little to learn from'}: ${far}.${out}`];
    }
    const most = sources[0] ? `, most from ${sources[0].address} (${formatCount(sources[0].packets)})` : '';
    const found = `${formatCount(unusual)} of ${plural(scored, 'packet')} rarer than one in a thousand`;
    return [`${id}: ${found} of the first ${formatCount(needed)}${most}.${out}`];
  });
}
