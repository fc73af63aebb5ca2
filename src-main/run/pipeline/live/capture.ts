/** Packets from a network card through the stages, as they come. */
import { captureAccess } from '../../../meter/capture/access/state.ts';
import { helperPlaces } from '../../../meter/capture/access/places.ts';
import { openCapture } from '../../../meter/capture/open.ts';
import type { CaptureOptions } from '../../../meter/capture/types.ts';
import { appRoot, resourcePath } from '../../paths.ts';
import { CardSource, type CardOptions } from './card-source.ts';
import { withoutOwn, type OwnTraffic } from './own-traffic.ts';
import type { LiveSource } from './source.ts';

export interface CaptureOptionsLive extends CaptureOptions, Pick<CardOptions, 'reopenSeconds'> {
  /** Leaves out Sonde's own traffic: the ports it serves on, the addresses it delivers alerts to. */
  excludeOwn?: readonly OwnTraffic[];
}

/** Off by more than this, ms, our finer clock is set anew by the system's: the computer slept, or its clock was set. */
const OFF_MS = 20;
let origin = performance.timeOrigin;

/** Milliseconds since 1970 UTC, with fractions. */
function wallMs(): number {
  const fine = origin + performance.now();
  const off = Date.now() - fine;
  if (Math.abs(off) <= OFF_MS) return fine;
  origin += off;
  return fine + off;
}

/**
 * Starts to capture from a network card, by the best engine that this user may use; when it must be opened again, by
 * the best at that time.
 *
 * @throws CaptureError with its cure
 */
export async function capture(options: CaptureOptionsLive): Promise<LiveSource> {
  const { reopenSeconds, excludeOwn = [], ...rest } = options;
  const filter = withoutOwn(rest.filter ?? '', excludeOwn);
  const places = helperPlaces(appRoot(), resourcePath());
  const open = async () => openCapture(await captureAccess(places), { ...rest, filter, now: wallMs });
  return CardSource.open({
    open,
    now: wallMs,
    ...(reopenSeconds === undefined ? {} : { reopenSeconds }),
  });
}
