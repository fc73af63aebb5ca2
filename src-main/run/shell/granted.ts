/**
 * Which files of this machine the page may have read: those that the user chose, by a dialog, by dropping them, on the
 * command line. The page itself cannot name any other, so a hole in it does not open the disk.
 */
import { contract } from '../../../src-shared/contract/index.ts';
import { envelopeOf, clientMessage, type Transport } from '../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../src-shared/errors.ts';

/** Files that are remembered; the oldest are forgotten. */
const MOST = 4096;
const IMPORT = 'captures.import';
const PLAY = 'live.start';
const LEARN = 'lab.start';
const LOOK = 'lab.look';

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
  /** No captures: not to be opened again. */
  records?: boolean;
}

/** Paths that a message wants read; of what is no import, or does not fit the contract, none. */
function pathsOf(message: unknown): Wanted | null {
  const parsed = clientMessage.safeParse(message);
  if (!parsed.success || parsed.data.type !== 'call') return null;
  if (parsed.data.name === PLAY) return playedOf(parsed.data.id, parsed.data.input);
  if (parsed.data.name === LOOK) return lookedAt(parsed.data.id, parsed.data.input);
  if (parsed.data.name === LEARN) return learnedOf(parsed.data.id, parsed.data.input);
  if (parsed.data.name !== IMPORT) return null;
  // By the same schema as the handler's: what does not fit is refused there.
  const input = contract.captures.import.input.safeParse(parsed.data.input);
  if (!input.success) return null;
  const paths = input.data.sources.flatMap((source) => (source.kind === 'path' ? [source.path] : []));
  return { request: parsed.data.id, paths };
}

/** The file that a live session is to play. */
function playedOf(request: number, given: unknown): Wanted | null {
  const input = contract.live.start.input.safeParse(given);
  if (!input.success || input.data.kind !== 'file' || input.data.file.kind !== 'path') return null;
  return { request, paths: [input.data.file.path] };
}

/** The records of an experiment. */
function learnedOf(request: number, given: unknown): Wanted | null {
  const input = contract.lab.start.input.safeParse(given);
  if (!input.success) return null;
  const sources = [...input.data.train, ...input.data.test];
  return { request, paths: sources.flatMap((source) => (source.kind === 'path' ? [source.path] : [])), records: true };
}

function lookedAt(request: number, given: unknown): Wanted | null {
  const input = contract.lab.look.input.safeParse(given);
  if (!input.success || input.data.file.kind !== 'path') return null;
  return { request, paths: [input.data.file.path], records: true };
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
        if (wanted && wanted.paths.length > 0 && !wanted.records) onReading(wanted.paths);
        listener(message);
      }),
  };
}
