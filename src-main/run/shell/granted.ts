/**
 * Which files of this machine the page may have read: those that the user chose, by a dialog, by dropping them, on the
 * command line. The page itself cannot name any other, so a hole in it does not open the disk.
 */
import { contract } from '../../../src-shared/contract/index.ts';
import { callsByName } from '../../../src-shared/contract/define.ts';
import { envelopeOf, clientMessage, type Transport } from '../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../src-shared/errors.ts';

/** Files that are remembered; the oldest are forgotten. */
const MOST = 4096;
const CALLS = callsByName(contract);
const OF_CAPTURES: ReadonlySet<string> = new Set(['captures.import', 'live.start']);

export class Granted {
  private readonly paths = new Set<string>();

  add(paths: readonly string[]): void {
    for (const path of paths) {
      this.paths.delete(path);
      this.paths.add(path);
      if (this.paths.size > MOST) this.paths.delete(this.paths.values().next().value!);
    }
  }

  has(path: string): boolean {
    return this.paths.has(path);
  }

  list(): string[] {
    return [...this.paths];
  }
}

interface Wanted {
  request: number;
  paths: string[];
  /** Captures: they may be opened again. */
  captures: boolean;
}

/** Every file of this machine that an input names, whatever the call. */
function pathsIn(given: unknown): string[] {
  if (typeof given !== 'object' || given === null) return [];
  if ('kind' in given && given.kind === 'path' && 'path' in given && typeof given.path === 'string')
    return [given.path];
  return Object.values(given).flatMap(pathsIn);
}

/** Paths that a message wants read; of what does not fit the contract, none: it is refused by the same schema. */
function pathsOf(message: unknown): Wanted | null {
  const parsed = clientMessage.safeParse(message);
  if (!parsed.success || parsed.data.type !== 'call') return null;
  const { id, name, input } = parsed.data;
  const given = CALLS.get(name)?.input.safeParse(input);
  if (!given?.success) return null;
  return { request: id, paths: pathsIn(given.data), captures: OF_CAPTURES.has(name) };
}

/** A transport on which imports of other files are refused. `onReading` is told of those that are let through. */
export function withGrants(
  transport: Transport,
  granted: Pick<Granted, 'has'>,
  onReading: (paths: string[]) => void,
): Transport {
  return {
    send: (message) => transport.send(message),
    onClose: (listener) => transport.onClose(listener),
    close: () => transport.close(),
    onMessage: (listener) =>
      transport.onMessage((message) => {
        const wanted = pathsOf(message);
        const other = wanted?.paths.find((path) => !granted.has(path));
        if (wanted && other !== undefined) {
          const cure = 'Choose it by “Choose files”, or drop it on the window.';
          const error = new SondeError('not-allowed', 'the page may not name files by itself', other, cure);
          return transport.send({ type: 'error', id: wanted.request, error: envelopeOf(error, '') });
        }
        if (wanted?.captures && wanted.paths.length > 0) onReading(wanted.paths);
        listener(message);
      }),
  };
}
