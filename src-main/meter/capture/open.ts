/** The door of the room: live packets by the best engine that there is. */
import type { Access } from './access/state.ts';
import { HelperSource } from './client/helper-source.ts';
import { openCap } from './sources/cap-source.ts';
import { openDumpcap } from './sources/dumpcap-source.ts';
import { CaptureError, type CaptureOptions, type CaptureSource } from './types.ts';

export interface OpenCaptureOptions extends CaptureOptions {
  /** Milliseconds since 1970 UTC with fractions; stamps packets where the engine has no kernel timestamps. */
  now: () => number;
}

/**
 * Starts to capture.
 * @throws CaptureError with its cure
 */
export async function openCapture(access: Access, options: OpenCaptureOptions): Promise<CaptureSource> {
  const { now, ...rest } = options;
  switch (access.engine) {
    case 'helper':
      return HelperSource.open({ ...rest, path: access.path ?? '' });
    case 'cap':
      return openCap(options);
    case 'dumpcap':
      return openDumpcap({ ...options, path: access.path ?? '', now });
    case null: {
      const { cure } = access;
      const words = cure ? [cure.text, cure.command, cure.url].filter(Boolean).join(' ') : 'See: sonde interfaces';
      throw new CaptureError('no-permission', access.message, words);
    }
  }
}
