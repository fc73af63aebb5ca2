/** What the main process and the engine say to each other. */
import { z } from '../../../src-shared/contract/schema.ts';
import { errorEnvelope, type ErrorEnvelope } from '../../../src-shared/contract/wire.ts';
import { SEVERITIES } from '../../../src-shared/domain/incident.ts';

/** Longest path that is taken from anywhere. */
export const PATH_MAX = 4096;
const NAMES_MAX = 1000;
/** Of a secret, characters. */
const SECRET_MAX = 16_384;
/** Of a notification, characters. */
const NOTICE_MAX = 500;
/** Of an incident, characters. */
const UID_MAX = 64;

/** What the main process asks; the engine answers each. */
export type Asked =
  /** Moves a file that was made for the user to where it is wanted. */
  | { what: 'save'; id: string; to: string }
  /** From now on the page may have these read: the user chose them. */
  | { what: 'grant'; paths: string[] }
  /** Fails where this is a file that a capture was read from: those are never written to. */
  | { what: 'protect'; path: string };

/** To the engine. With `connect` comes a port that carries the contract. */
export type ToEngine =
  | { type: 'connect' }
  /** Reads these files as one capture; of cases, opens each. */
  | { type: 'open'; files: string[] }
  | { type: 'ask'; request: number; asked: Asked }
  /** What became of a secret that it asked for; null: there is none, or it was kept. */
  | { type: 'secret-answer'; request: number; value: string | null; error: ErrorEnvelope | null }
  /** Ends, after what is under way is kept. */
  | { type: 'close' };

/**
 * From the engine. It reads what strangers sent, so the main process believes nothing that does not fit; and nothing
 * here makes it touch a file but that of the secrets of alert channels, which are the engine's own.
 */
export const fromEngine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** The user wants all data deleted: the program is to end, and the engine deletes them when it is told to close. */
  z.object({ type: z.literal('leave') }),
  /** It cannot work at all, e.g. because the database cannot be used. */
  z.object({ type: z.literal('failed'), error: errorEnvelope }),
  z.object({ type: z.literal('opened'), job: z.int().min(1) }),
  /** A case that was opened with the program. */
  z.object({
    type: z.literal('case'),
    name: z.string().max(PATH_MAX),
    state: z.enum(['checking', 'open', 'refused']),
    /** Why it was refused; null where it was called off. */
    error: errorEnvelope.nullable(),
  }),
  z.object({ type: z.literal('answered'), request: z.int().min(1), error: errorEnvelope.nullable() }),
  /** The page has files read that the user chose. */
  z.object({ type: z.literal('reading'), paths: z.array(z.string().min(1).max(PATH_MAX)).max(64) }),
  /** Imports under way: names, and how far in all (0…1, null: unknown). */
  z.object({
    type: z.literal('working'),
    names: z.array(z.string()).max(NAMES_MAX),
    share: z.number().min(0).max(1).nullable(),
  }),
  /** A live session runs, in words; null: none does. */
  z.object({ type: z.literal('watching'), text: z.string().max(1000).nullable() }),
  /** An import has ended. */
  z.object({
    type: z.literal('finished'),
    name: z.string(),
    capture: z.int().min(1).nullable(),
    incidents: z.int().min(0),
    /** The one to look at first. */
    first: z.object({ uid: z.string().max(UID_MAX), title: z.string(), severity: z.enum(SEVERITIES) }).nullable(),
    failed: z.string().nullable(),
  }),
  /** Keeps ('': forgets) or reads a secret of a channel of alerts. */
  z.object({
    type: z.literal('secret'),
    request: z.int().min(1),
    what: z.enum(['get', 'set']),
    name: z.string().regex(/^alert-[0-9a-f]{40}$/),
    secret: z.string().max(SECRET_MAX),
  }),
  /** An alert for the screen. */
  z.object({
    type: z.literal('alert'),
    title: z.string().max(NOTICE_MAX),
    body: z.string().max(NOTICE_MAX),
    /** Where a click leads; null: to the desk as it is. */
    incident: z.object({ capture: z.int().min(1), uid: z.string().max(UID_MAX) }).nullable(),
  }),
]);
export type FromEngine = z.infer<typeof fromEngine>;
