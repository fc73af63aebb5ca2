/** The messages between client and host. All of them are plain JSON values. */
import { ERROR_CODES, SondeError, type ErrorCode } from '../errors.ts';
import { z } from './schema.ts';

/** Longest name of a call that is looked up at all. */
const NAME_MAX = 64;

const requestId = z.int().min(1);

/** The one form in which an error crosses. */
export const errorEnvelope = z.object({
  code: z.enum(ERROR_CODES),
  /** What happened, one sentence. */
  message: z.string(),
  /** The file, field or address it is about; '' where there is none. */
  where: z.string(),
  /** What the reader can do; '' where nothing. */
  cure: z.string(),
  /** Of an error in a text (a filter): the characters it is about, end exclusive. */
  at: z.object({ start: z.int().min(0), end: z.int().min(0) }).nullable(),
});
export type ErrorEnvelope = z.infer<typeof errorEnvelope>;

/** The opened case whose desk is asked, by its id; absent: the program's own desk. */
const inCase = z.string().max(NAME_MAX).optional();

export const clientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id: requestId, name: z.string().max(NAME_MAX), input: z.unknown(), in: inCase }),
  /** Cancels a query or command, ends a subscription. */
  z.object({ type: z.literal('stop'), id: requestId, in: inCase }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

export const hostMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('result'), id: requestId, output: z.unknown() }),
  z.object({ type: z.literal('event'), id: requestId, output: z.unknown() }),
  /** A subscription has ended by itself. */
  z.object({ type: z.literal('end'), id: requestId }),
  z.object({ type: z.literal('error'), id: requestId, error: errorEnvelope }),
]);
export type HostMessage = z.infer<typeof hostMessage>;

/** Carries messages both ways: a WebSocket, a MessagePort, or a pair in memory. Nothing but JSON values is sent. */
export interface Transport {
  send(message: unknown): void;
  /** One listener; messages that come before it is set may be lost. */
  onMessage(listener: (message: unknown) => void): void;
  /** Told once when nothing can be sent or received any more. */
  onClose(listener: () => void): void;
  close(): void;
}

/** An error about a stretch of a text that was given. */
export class TextError extends SondeError {
  readonly at: { start: number; end: number };

  constructor(code: ErrorCode, what: string, where: string, cure: string, at: { start: number; end: number }) {
    super(code, what, where, cure);
    this.name = 'TextError';
    this.at = at;
  }
}

/** The envelope for anything thrown. What is not a SondeError is a bug: its details stay on the host. */
export function envelopeOf(error: unknown, bugMessage: string): ErrorEnvelope {
  if (!(error instanceof SondeError))
    return { code: 'internal', message: bugMessage, where: '', cure: 'Try again; if it stays, report it.', at: null };
  const at = error instanceof TextError ? error.at : null;
  return { code: error.code, message: error.message, where: error.where, cure: error.cure, at };
}

/** The other way round. */
export function errorOfEnvelope({ code, message, where, cure, at }: ErrorEnvelope): SondeError {
  return at === null ? new SondeError(code, message, where, cure) : new TextError(code, message, where, cure, at);
}
