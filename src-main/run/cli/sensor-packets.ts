/** Options of a sensor that hands out packets. */
import { ANSWER_MAX } from '../fleet/packets/ask.ts';
import type { SensorEvent } from '../fleet/sensor/events.ts';
import type { HandOutOptions } from '../fleet/sensor/hand-out.ts';
import type { RingSettings } from '../pipeline/live/packet-keeper.ts';
import { usageError, type OptionSpec, type Parsed } from './arguments.ts';
import { checkFolder, ringOf, sizeOf } from './watch-source.ts';

const RING_TIME = 86_400;
const ANSWER = 16 << 20;

export const HANDING_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'allow-packets',
    value: 'FILE',
    help: 'hand out packets to the desks of this list when they ask (schema sonde.desks/1); a file stays open for it',
  },
  { name: 'packets-size', value: 'SIZE', help: 'of one such answer at most (default 16M, 256M at most)' },
  { name: 'ring', value: 'DIR', help: 'of a card: where the last packets are kept for that, as pcapng files' },
  { name: 'ring-mode', value: 'MODE', help: 'full or headers: whole packets (default), or without their payload' },
  { name: 'ring-size', value: 'SIZE', help: 'of all these files together, e.g. 500M or 2G (default 1G, least 4M)' },
  { name: 'ring-time', value: 'S', help: `keep packets for so many seconds (default ${RING_TIME}, a day)` },
  { name: 'ring-files', value: 'N', help: 'files at most (default 1000)' },
];

export interface Handing {
  desks: HandOutOptions['desks'];
  most: number;
  ring: RingSettings | undefined;
}

/** To whom packets are handed out, and where they are kept. @throws SondeError */
export async function handingOf(parsed: Parsed): Promise<Handing | undefined> {
  const list = parsed.value('allow-packets');
  const alone = ['packets-size', 'ring', 'ring-mode', 'ring-size', 'ring-time', 'ring-files'].find((o) => parsed.on(o));
  if (list === undefined) {
    if (alone === undefined) return undefined;
    throw usageError(`--${alone} without --allow-packets`, `--${alone}`, 'Name the desks with --allow-packets FILE.');
  }
  const isCard = parsed.on('interface');
  if (isCard !== parsed.on('ring')) {
    if (!isCard) throw usageError('--ring is for --interface', '--ring', 'Leave it out: the file has its packets.');
    throw usageError('--allow-packets without --ring', '--ring', 'Say where the last packets are kept: --ring DIR.');
  }
  if (parsed.values('file').includes('-')) {
    throw usageError('--allow-packets: standard input is read once', '--allow-packets', 'Name a file.');
  }
  const most = sizeOf(parsed, 'packets-size') ?? ANSWER;
  if (most > ANSWER_MAX) {
    throw usageError('--packets-size is more than 256M', '--packets-size', 'An answer stands in the server’s memory.');
  }
  const ring = ringOf(parsed);
  if (ring) await checkFolder(ring.folder, 'ring', 'packets');
  const { readDeskKeys } = await import('../fleet/wire/keys.ts');
  return { desks: await readDeskKeys(list), most, ring: ring && { maxSeconds: RING_TIME, ...ring } };
}

/** Opens the ring. @throws SondeError where its folder cannot be used */
export async function handOut(
  { desks, most, ring }: Handing,
  onEvent: (event: SensorEvent) => void,
): Promise<HandOutOptions> {
  const { PacketKeeper } = await import('../pipeline/live/packet-keeper.ts');
  const onNotice = (code: string, message: string): void => onEvent({ event: 'notice', code, message });
  return { desks, most, keeper: await PacketKeeper.open(ring, onNotice) };
}
