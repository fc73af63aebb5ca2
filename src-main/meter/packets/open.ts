/** The door of the room: captures in, packet batches out. */
import { InputError } from './errors.ts';
import { InterfaceNumbers } from './formats/format.ts';
import { CaptureInput, type InputContext } from './input/capture-input.ts';
import { CHUNK_BYTES, ChunkPool } from './input/chunks.ts';
import { InlineHasher, ThreadHasher, type Hasher } from './input/hash.ts';
import type { RawSource } from './input/raw-source.ts';
import { MergedReader, type PendingInput } from './input/merged-reader.ts';
import { BATCH_PACKETS, type PacketReader } from './types.ts';

export interface OpenOptions {
  /**
   * Where SHA-256 is computed: on the caller's thread, on a thread of its own, not at all, or (default) on a
   * thread when the input has more than 32 MiB.
   */
  hash?: 'auto' | 'inline' | 'thread' | 'none';
  /** Lay packet bytes in SharedArrayBuffers, so that batches can be used by several threads at once. */
  shared?: boolean;
  /** Packets a batch holds at most (default and ceiling: BATCH_PACKETS). */
  batchPackets?: number;
  /** Inputs that were opened before, by path, of which nothing was read but the head. */
  opened?: ReadonlyMap<string, RawSource>;
  /** Bytes of a chunk (default CHUNK_BYTES); for measurements and tests. */
  chunkBytes?: number;
}

const THREAD_ABOVE = 32 * 1024 * 1024;
/** With many inputs each reads in smaller chunks: they may all overlap. */
const MANY = 8;
const CHUNK_BYTES_OF_MANY = 256 * 1024;

function hasherMaker(mode: NonNullable<OpenOptions['hash']>): InputContext['makeHasher'] {
  return (totalBytes): Hasher | null => {
    if (mode === 'none') return null;
    // A pipe's size is unknown: it may be large.
    const threaded = mode === 'thread' || (mode === 'auto' && !(totalBytes <= THREAD_ABOVE));
    return threaded ? new ThreadHasher() : new InlineHasher();
  };
}

function makeContext(inputs: number, options: OpenOptions): InputContext {
  const mode = options.hash ?? 'auto';
  // Hashing on another thread needs the bytes in shared memory.
  const shared = options.shared ?? (mode === 'auto' || mode === 'thread');
  const chunkBytes = options.chunkBytes ?? (inputs > MANY ? CHUNK_BYTES_OF_MANY : CHUNK_BYTES);
  return {
    pool: new ChunkPool(shared, chunkBytes),
    numbers: new InterfaceNumbers(),
    batchPackets: Math.max(1, Math.min(options.batchPackets ?? BATCH_PACKETS, BATCH_PACKETS)),
    makeHasher: hasherMaker(mode),
    ...(options.opened ? { opened: options.opened } : {}),
  };
}

/** An input that stays open until it is due. */
async function kept(input: CaptureInput): Promise<PendingInput> {
  const [sec, nano] = await input.firstTime();
  const { index, path, raw } = input;
  return { index, path, sec, nano, total: raw.total, open: () => Promise.resolve(input), discard: () => input.close() };
}

/** Finds out when an input begins, and closes it until it is due, unless it can be read only once. */
async function look(path: string, index: number, context: InputContext): Promise<PendingInput> {
  if (path === '-' || context.opened?.has(path)) return kept(await CaptureInput.open(path, index, context));
  const glance: InputContext = { ...context, numbers: new InterfaceNumbers(), makeHasher: () => null };
  const input = await CaptureInput.open(path, index, glance);
  if (Number.isNaN(input.raw.total)) return kept(input);
  try {
    return {
      ...(await kept(input)),
      open: () => CaptureInput.open(path, index, context),
      discard: () => Promise.resolve(),
    };
  } finally {
    await input.close();
  }
}

/**
 * Opens captures as one, ordered by time ('-' is standard input). Formats are recognised by content. With several
 * paths, those that cannot be read are left out with a warning `unreadable-input` in their summary.
 *
 * @throws InputError when none of them can be read
 */
export async function openCaptures(paths: readonly string[], options: OpenOptions = {}): Promise<PacketReader> {
  const context = makeContext(paths.length, options);
  const pending: PendingInput[] = [];
  const failures: [number, string, InputError][] = [];
  for (const [index, path] of paths.entries()) {
    try {
      pending.push(
        paths.length === 1
          ? await kept(await CaptureInput.open(path, index, context))
          : await look(path, index, context),
      );
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      failures.push([index, path, error]);
    }
  }
  if (pending.length === 0) {
    throw (
      failures[0]?.[2] ??
      new InputError('not-found', '', 'No capture was named. Give at least one file, or - for standard input.')
    );
  }
  const reader = new MergedReader(pending, context.pool.shared);
  for (const failure of failures) reader.addUnreadable(...failure);
  return reader;
}
