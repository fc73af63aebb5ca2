/** Where `sonde watch` gets packets from, and what it keeps beside them, by its options. */
import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SondeError } from '../../../src-shared/errors.ts';
import { CaptureError, type CaptureErrorCode } from '../../meter/capture/types.ts';
import { dataFolder } from '../paths.ts';
import { capture } from '../pipeline/live/capture.ts';
import { RING_MODES, type RingSettings } from '../pipeline/live/packet-keeper.ts';
import { replay } from '../pipeline/live/replay.ts';
import type { LiveSource } from '../pipeline/live/source.ts';
import { oneOf, usageError, wholeNumber, type Parsed } from './arguments.ts';

const SNAPLEN_MIN = 64;
export const SNAPLEN_MAX = 262_144;
export const DURATION_MAX = 366 * 86_400;
const RING_LEAST = 4 * 1024 ** 2;
const SPEED_MAX = 10_000;

export function speedOf(parsed: Parsed, fallback = '1'): number | 'max' {
  const text = parsed.value('speed') ?? fallback;
  if (text === 'max') return 'max';
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (speed > 0 && speed <= SPEED_MAX) return speed;
  throw usageError(
    `--speed ${text}: not a number up to ${SPEED_MAX}, nor max`,
    '--speed',
    'Write for example --speed 10.',
  );
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** Bytes of `500M`; undefined where the option is not given. */
export function sizeOf(parsed: Parsed, name: string): number | undefined {
  const text = parsed.value(name);
  if (text === undefined) return undefined;
  const [, digits = '', unit = ''] = /^(\d{1,12})([KMGT]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit.toUpperCase()] ?? NaN);
  if (bytes >= RING_LEAST && Number.isSafeInteger(bytes)) return bytes;
  throw usageError(`--${name} ${text}: not a size of 4M or more`, `--${name}`, `Write for example --${name} 2G.`);
}

export function ringOf(parsed: Parsed): RingSettings | undefined {
  const folder = parsed.value('ring');
  const extra = ['ring-mode', 'ring-size', 'ring-time', 'ring-files'].find((name) => parsed.on(name));
  if (folder === undefined && extra !== undefined) {
    throw usageError(`--${extra} without --ring`, `--${extra}`, 'Name the folder with --ring DIR.');
  }
  if (folder === undefined) return undefined;
  const maxBytes = sizeOf(parsed, 'ring-size');
  return {
    folder,
    mode: oneOf(parsed, 'ring-mode', RING_MODES) ?? 'full',
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(parsed.on('ring-time') ? { maxSeconds: wholeNumber(parsed, 'ring-time', 3600, 1, DURATION_MAX) } : {}),
    ...(parsed.on('ring-files') ? { maxFiles: wholeNumber(parsed, 'ring-files', 1000, 2, 100_000) } : {}),
  };
}

/** Said before anything is captured. @throws SondeError `usage` */
export async function checkFolder(folder: string, option: string, what: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw usageError(
      `--${option} ${folder}: ${what} cannot be kept there (${said})`,
      `--${option}`,
      'Name another folder.',
    );
  }
}

/** A fixed model stays what it is, and a file teaches nothing about the network one is in, unless it is asked for. */
export function baselinesOf(parsed: Parsed): string | undefined {
  const named = parsed.value('baselines');
  const fixed = ['model', 'no-models'].find((name) => parsed.on(name));
  if (named !== undefined && named !== 'off' && fixed !== undefined) {
    throw usageError(`--baselines and --${fixed} contradict each other`, '--baselines', 'Give one of them.');
  }
  if (named === 'off' || fixed !== undefined) return undefined;
  return named ?? (parsed.on('replay') ? undefined : join(dataFolder(), 'baselines'));
}

export async function sourceOf(parsed: Parsed, signal: AbortSignal): Promise<LiveSource> {
  const files = parsed.values('replay');
  const card = parsed.value('interface');
  if (parsed.files.length > 0) {
    throw usageError(`${parsed.files[0]}: a card or a file?`, 'watch', 'Write --interface NAME, or --replay FILE.');
  }
  if (files.length > 0 === (card !== undefined)) {
    throw usageError('watch needs a network card or a file', 'watch', 'Write --interface NAME, or --replay FILE.');
  }
  if (files.length > 0) {
    for (const name of ['filter', 'snaplen', 'wait']) {
      if (parsed.on(name)) throw usageError(`--${name} is for --interface`, `--${name}`, 'Leave it out.');
    }
    return replay({ files, speed: speedOf(parsed), signal });
  }
  if (parsed.on('speed')) throw usageError('--speed is for --replay', '--speed', 'Leave it out.');
  const filter = parsed.value('filter');
  const options = {
    interface: card ?? '',
    snaplen: wholeNumber(parsed, 'snaplen', SNAPLEN_MAX, SNAPLEN_MIN, SNAPLEN_MAX),
    reopenSeconds: wholeNumber(parsed, 'wait', 600, 0, DURATION_MAX),
    ...(filter === undefined ? {} : { filter }),
  };
  try {
    return await capture(options);
  } catch (error) {
    throw ourError(error, card ?? '');
  }
}

const USAGE: ReadonlySet<CaptureErrorCode> = new Set(['bad-option', 'bad-filter']);

/** What went wrong with a card, in the words and with the exit code of the command line. */
function ourError(error: unknown, card: string): unknown {
  if (!(error instanceof CaptureError)) return error;
  const code = USAGE.has(error.code) ? 'usage' : error.code === 'no-permission' ? 'not-permitted' : 'read-failed';
  return new SondeError(code, error.message, card, error.cure, { cause: error });
}
