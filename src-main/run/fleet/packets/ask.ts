/**
 * What a desk asks of a sensor: packets of some hosts in a stretch of time, signed by a key of the desk that the sensor knows. Rights in
 * Redis say who may ask; the signature says who is answered. Whatever the bytes are, reading them ends with a reason at worst.
 */
import { sign, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { parseAddress } from '../../../../src-shared/domain/network.ts';
import { isName } from '../names.ts';
import { publicText } from '../wire/keys.ts';

const SIGNATURE = 64;
const PURPOSE = Buffer.from('sonde.packets-ask/1\0', 'latin1');
/** Of a request, bytes: 2,000 addresses and 1,000 ports fit. */
const MOST = 1 << 17;
const LIST_MAX = 1000;
const CARDS_MAX = 64;
/** Packet times, seconds since 1970: as far as formats of captures go. */
const TIME_MAX = 2 ** 40;
/** Clocks of a desk and a sensor may differ by so much, ms; for so long a request may be answered, once. */
export const FRESH_MS = 120_000;
/** Bytes of an answer that a desk may ask for, and packets. */
export const ANSWER_MAX = 1 << 28;
const ANSWER_LEAST = 1 << 16;
export const PACKETS_MAX = 1_000_000;

/** Why nothing is handed out; the closed list, as it is counted and told. */
export const REFUSALS = [
  'not-a-request',
  'too-large',
  'other-sensor',
  'unknown-desk',
  'bad-signature',
  'stale',
  'repeated',
  'failed',
] as const;
export type Refusal = (typeof REFUSALS)[number];

const address = z
  .string()
  .max(45)
  .refine((text) => parseAddress(text) !== null);
const time = z.int().min(-TIME_MAX).max(TIME_MAX);

const schema = z.strictObject({
  schema: z.literal('sonde.packets-ask/1'),
  sensor: z.string().refine(isName),
  /** Public key of the desk, 32 bytes as base64. */
  desk: z.base64().length(44),
  /** Wall clock of the desk, ms since 1970 UTC; and what makes this request another than all before. */
  at: z.int().nonnegative(),
  nonce: z.string().regex(/^[\da-f]{32}$/),
  /** Seconds of packet time, both included. */
  from: time,
  to: time,
  /** Packets between one of these and one of those; where one list is empty, of the other with anybody. */
  sources: z.array(address).max(LIST_MAX),
  targets: z.array(address).max(LIST_MAX),
  /** Of either end, where a packet has ports; empty: any. */
  ports: z.array(z.int().min(0).max(65_535)).max(LIST_MAX),
  /** ARP, too, that names one of them or was sent by one of these cards (48 bits). */
  arp: z.boolean(),
  cards: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 48 - 1),
    )
    .max(CARDS_MAX),
  /** Of the answer at most. */
  packets: z.int().min(1).max(PACKETS_MAX),
  bytes: z.int().min(ANSWER_LEAST).max(ANSWER_MAX),
});
export type PacketsAsk = z.infer<typeof schema>;

/** Which packets, without who asks whom. */
export type Wanted = Pick<PacketsAsk, 'from' | 'to' | 'sources' | 'targets' | 'ports' | 'arp' | 'cards'>;

export function sealAsk(ask: Omit<PacketsAsk, 'schema' | 'desk'>, key: KeyObject): Buffer {
  const whole: PacketsAsk = { schema: 'sonde.packets-ask/1', desk: publicText(key), ...ask };
  const json = Buffer.from(JSON.stringify(whole), 'utf8');
  return Buffer.concat([sign(null, Buffer.concat([PURPOSE, json]), key), json]);
}

export interface KnownDesk {
  name: string;
  key: KeyObject;
}

export type AskRead = { ask: PacketsAsk; desk: string; fault?: undefined } | { ask?: undefined; fault: Refusal };

/** Opens what is asked of one sensor. It remembers what was asked of late, so that nothing is asked twice. */
export class AskReader {
  private readonly sensor: string;
  private readonly desks: ReadonlyMap<string, KnownDesk>;
  private readonly now: () => number;
  private readonly seen = new Map<string, number>();

  /** `desks`: by their public key as base64. `now`: ms since 1970 UTC. */
  constructor(sensor: string, desks: ReadonlyMap<string, KnownDesk>, now: () => number = Date.now) {
    this.sensor = sensor;
    this.desks = desks;
    this.now = now;
  }

  /** Never throws. */
  read(sealed: Uint8Array): AskRead {
    if (sealed.length > MOST) return { fault: 'too-large' };
    const ask = parsed(sealed);
    if (!ask) return { fault: 'not-a-request' };
    if (ask.sensor !== this.sensor) return { fault: 'other-sensor' };
    const desk = this.desks.get(ask.desk);
    if (!desk) return { fault: 'unknown-desk' };
    const [signature, json] = [sealed.subarray(0, SIGNATURE), sealed.subarray(SIGNATURE)];
    if (!verify(null, Buffer.concat([PURPOSE, json]), desk.key, signature)) return { fault: 'bad-signature' };
    const now = this.now();
    if (Math.abs(now - ask.at) > FRESH_MS) return { fault: 'stale' };
    // Only what is signed is remembered: others cannot fill it.
    for (const [nonce, at] of this.seen) if (now - at > 2 * FRESH_MS) this.seen.delete(nonce);
    const nonce = `${ask.desk} ${ask.nonce}`;
    if (this.seen.has(nonce)) return { fault: 'repeated' };
    this.seen.set(nonce, now);
    return { ask, desk: desk.name };
  }
}

function parsed(sealed: Uint8Array): PacketsAsk | undefined {
  if (sealed.length <= SIGNATURE) return undefined;
  try {
    return schema.safeParse(JSON.parse(Buffer.from(sealed.subarray(SIGNATURE)).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
