/**
 * How packets cross: an answer in pieces, each signed by the sensor together with its place and with what was asked, so that nobody can
 * put one into another answer, leave one out or change their order.
 */
import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { ByteReader, ByteWriter } from '../wire/bytes.ts';
import { WireError } from '../wire/error.ts';
import { REFUSALS, type Refusal } from './ask.ts';

const MAGIC = Buffer.from('SoP1', 'latin1');
const SIGNATURE = 64;
const PURPOSE = Buffer.from('sonde.packets/1\0', 'latin1');
/** Bytes of a file that one piece carries. */
export const PIECE = 1 << 18;
const HEAD_MAX = 32;
/** Of what is said in words. */
const WORDS_MAX = 4096;
const KIND = { ALIVE: 0, PIECE: 1, END: 2, REFUSED: 3 } as const;

/** What was found: the whole pcapng file had so many bytes. `more`: there are packets behind these. */
export interface AnswerEnd {
  packets: number;
  bytes: number;
  more: boolean;
}

const count = z.int().nonnegative();
const endSchema: z.ZodType<AnswerEnd> = z.strictObject({ packets: count, bytes: count, more: z.boolean() });

export type Part =
  | { kind: 'alive' }
  | { kind: 'piece'; bytes: Uint8Array }
  | { kind: 'end'; end: AnswerEnd }
  | { kind: 'refused'; why: Refusal };

/** What an answer is bound to: the request as it was published. */
export const askHash = (sealed: Uint8Array): Buffer => createHash('sha256').update(sealed).digest();

/** Seals the parts of one answer, one after the other. */
export class AnswerWriter {
  private readonly asked: Buffer;
  private readonly key: KeyObject;
  private count = 0;

  constructor(asked: Uint8Array, key: KeyObject) {
    this.asked = askHash(asked);
    this.key = key;
  }

  alive(): Buffer {
    return this.seal(KIND.ALIVE, new Uint8Array(0));
  }

  piece(bytes: Uint8Array): Buffer {
    return this.seal(KIND.PIECE, bytes);
  }

  end(end: AnswerEnd): Buffer {
    return this.seal(KIND.END, Buffer.from(JSON.stringify(end)));
  }

  refused(why: Refusal): Buffer {
    return this.seal(KIND.REFUSED, Buffer.from(why));
  }

  private seal(kind: number, body: Uint8Array): Buffer {
    const to = new ByteWriter();
    to.raw(MAGIC);
    to.u8(kind);
    to.varint(this.count++);
    to.raw(body);
    const said = Buffer.from(to.done());
    return Buffer.concat([said, sign(null, Buffer.concat([PURPOSE, this.asked, said]), this.key)]);
  }
}

/** Opens them again. */
export class AnswerReader {
  private readonly asked: Buffer;
  private readonly key: KeyObject;
  private readonly most: number;
  private count = 0;
  private bytes = 0;
  private isOver = false;

  /** `key`: the sensor's. `most`: bytes of all pieces together. */
  constructor(asked: Uint8Array, key: KeyObject, most: number) {
    this.asked = askHash(asked);
    this.key = key;
    this.most = most;
  }

  /** @throws WireError whatever the bytes are */
  read(sealed: Uint8Array): Part {
    if (sealed.length > PIECE + HEAD_MAX + SIGNATURE) {
      throw new WireError('too-large', `a piece has ${sealed.length} bytes`);
    }
    if (sealed.length < SIGNATURE) throw new WireError('truncated', `a piece has ${sealed.length} bytes`);
    const said = sealed.subarray(0, -SIGNATURE);
    const signed = Buffer.concat([PURPOSE, this.asked, said]);
    if (!verify(null, signed, this.key, sealed.subarray(-SIGNATURE))) {
      throw new WireError('bad-signature', 'a piece is not signed by the sensor, or belongs to another answer');
    }
    const from = new ByteReader(said);
    if (from.left < MAGIC.length || !from.raw(MAGIC.length).equals(MAGIC)) {
      throw new WireError('other-version', 'a piece does not begin as one does');
    }
    const kind = from.u8();
    const number = from.varint(Number.MAX_SAFE_INTEGER);
    if (this.isOver || number !== this.count) throw new WireError('bad-order', 'a piece is missing, or came twice');
    this.count++;
    this.isOver = kind === KIND.END || kind === KIND.REFUSED;
    return this.part(kind, from.raw(from.left));
  }

  private part(kind: number, body: Buffer): Part {
    switch (kind) {
      case KIND.ALIVE:
        return { kind: 'alive' };
      case KIND.PIECE:
        this.bytes += body.length;
        if (this.bytes > this.most) throw new WireError('too-large', `it sends more than ${this.most} bytes`);
        return { kind: 'piece', bytes: body };
      case KIND.END:
        return { kind: 'end', end: this.end(body) };
      case KIND.REFUSED: {
        const why = REFUSALS.find((one) => one === body.toString('latin1'));
        if (why) return { kind: 'refused', why };
        throw new WireError('out-of-range', 'it refuses for a reason that this version does not know');
      }
      default:
        throw new WireError('other-version', 'a piece is of a kind that this version does not know');
    }
  }

  private end(body: Buffer): AnswerEnd {
    let end: AnswerEnd | undefined;
    try {
      end = body.length > WORDS_MAX ? undefined : endSchema.safeParse(JSON.parse(body.toString('utf8'))).data;
    } catch {
      // Said below.
    }
    if (!end) throw new WireError('not-a-batch', 'it does not say how its answer ends');
    if (end.bytes !== this.bytes) throw new WireError('truncated', `of ${end.bytes} bytes ${this.bytes} came`);
    return end;
  }
}
