/** RFB, the protocol of VNC (RFC 6143): how the client is let in, and the name of the desktop. */
import { copy, latin, u32, u8 } from '../bytes.ts';
import type { AppContext, AppParser, AppProtocol, Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';

const VERSION = /^RFB 003\.00([378])\n/;
const VERSION_LENGTH = 12;
const SECURITY = { none: 1, vnc: 2 } as const;
const CHALLENGE = 16;
/** Bytes of the server's greeting before the length of its name. */
const BEFORE_NAME = 20;
const NAME_MAX = 4096;

/** What the server, and the client, say next. */
type ServerStep = 'version' | 'types' | 'type' | 'challenge' | 'result' | 'greeting' | 'done';
type ClientStep = 'version' | 'type' | 'response' | 'done';

class RfbParser implements AppParser {
  readonly #context: AppContext;
  #server: ServerStep = 'version';
  #client: ClientStep = 'version';
  /** The last digit of the version that the client settles on. */
  #version = 8;
  readonly #answer = new Side('rfb', 1, 0);
  #told = false;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      const rest = bytes.subarray(at);
      const used = direction === 0 ? this.#fromClient(rest) : this.#fromServer(rest);
      if (used === 0) break;
      at += used;
    }
    return at;
  }

  end(direction: Direction): void {
    if (direction === 1) this.#finish();
  }

  /** Bytes of the message at the start, 0: it is not whole, or the other end has to speak first. */
  #fromClient(bytes: Uint8Array): number {
    switch (this.#client) {
      case 'version': {
        if (bytes.length < VERSION_LENGTH) return 0;
        const told = VERSION.exec(latin(bytes, 0, VERSION_LENGTH));
        if (told === null) return this.#stop(bytes);
        this.#version = Number(told[1]);
        this.#client = this.#version === 3 ? 'response' : 'type';
        this.#server = this.#version === 3 ? 'type' : 'types';
        return VERSION_LENGTH;
      }
      case 'type':
        if (this.#server === 'types') return 0;
        this.#chosen(bytes[0]!);
        return 1;
      case 'response':
        if (this.#server === 'type') return 0;
        if (bytes.length < CHALLENGE) return 0;
        this.#client = 'done';
        return CHALLENGE;
      default:
        return bytes.length;
    }
  }

  #fromServer(bytes: Uint8Array): number {
    switch (this.#server) {
      case 'version':
        // The client's version decides what comes after it.
        return bytes.length >= VERSION_LENGTH && this.#client === 'version' && this.#skipped(bytes)
          ? VERSION_LENGTH
          : 0;
      case 'types': {
        const count = u8(bytes, 0);
        if (count === 0) return this.#stop(bytes);
        if (bytes.length < 1 + count) return 0;
        this.#server = 'done';
        return 1 + count;
      }
      case 'type':
        if (bytes.length < 4) return 0;
        this.#chosen(u32(bytes, 0));
        return 4;
      case 'challenge':
        if (bytes.length < CHALLENGE) return 0;
        this.#server = 'result';
        return CHALLENGE;
      case 'result':
        if (bytes.length < 4) return 0;
        this.#answer.number('rfb.secresult', u32(bytes, 0));
        this.#server = u32(bytes, 0) === 0 ? 'greeting' : 'done';
        if (this.#server === 'done') this.#finish();
        return 4;
      case 'greeting':
        return this.#greeting(bytes);
      default:
        return this.#client === 'type' ? 0 : bytes.length;
    }
  }

  /** The server's version was passed over already, once. */
  #greeted = false;

  #skipped(bytes: Uint8Array): boolean {
    if (this.#greeted) return false;
    this.#greeted = true;
    if (!VERSION.test(latin(bytes, 0, VERSION_LENGTH))) this.#stop(bytes);
    return true;
  }

  #chosen(type: number): void {
    this.#context.transaction(new Side('rfb', 0, 0).number('rfb.sectype', type).done());
    this.#client = type === SECURITY.vnc ? 'response' : 'done';
    if (type === SECURITY.vnc) this.#server = 'challenge';
    // Before version 3.8, nobody answers where nothing was asked.
    else if (type === SECURITY.none) this.#server = this.#version === 8 ? 'result' : 'greeting';
    else this.#stop();
  }

  #greeting(bytes: Uint8Array): number {
    const length = Math.min(NAME_MAX, Math.max(0, u32(bytes, BEFORE_NAME)));
    if (bytes.length < BEFORE_NAME + 4 + length) return 0;
    this.#answer.add('rfb.name', copy(bytes, BEFORE_NAME + 4, BEFORE_NAME + 4 + length));
    this.#server = 'done';
    this.#finish();
    return BEFORE_NAME + 4 + length;
  }

  /** Nothing that is known follows. */
  #stop(bytes?: Uint8Array): number {
    this.#server = 'done';
    this.#client = 'done';
    return bytes?.length ?? 0;
  }

  #finish(): void {
    if (this.#told || this.#answer.empty) return;
    this.#told = true;
    this.#context.transaction(this.#answer.done());
  }
}

function recognise(bytes: Uint8Array): Verdict {
  const text = latin(bytes, 0, VERSION_LENGTH);
  if (VERSION.test(text)) return 'yes';
  return 'RFB 003.'.startsWith(text.slice(0, 8)) && text.length < VERSION_LENGTH ? 'more' : 'no';
}

export const rfb: AppProtocol = {
  name: 'rfb',
  transport: 'tcp',
  streamBeginsWith: (byte) => byte === 0x52,
  recognise: (bytes) => recognise(bytes),
  open: (context) => new RfbParser(context),
};
