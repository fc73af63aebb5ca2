/** MQTT 3.1, 3.1.1 and 5 (OASIS): messages and their order. */
import { latin, u16, u8 } from '../bytes.ts';
import { tellParts } from '../frames.ts';
import { LIMITS } from '../limits.ts';
import type { AppContext, AppParser, AppProtocol, Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';
import { addBody, malformed } from './message.ts';

export const TYPE = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  auth: 15,
} as const;
/** Of a longer message the beginning is read, and the rest passed over. */
const READ_MAX = 256 * 1024;
const OPEN_MAX = 4096;

/** The remaining length at `at`, and where it ends; null: not there yet; -1: broken. */
export function remaining(data: Uint8Array, at: number): { length: number; next: number } | null {
  let length = 0;
  for (let i = 0; i < 4; i += 1) {
    const byte = u8(data, at + i);
    if (byte < 0) return null;
    length += (byte & 127) * 128 ** i;
    if (byte < 128) return { length, next: at + i + 1 };
  }
  return { length: -1, next: at };
}

class MqttParser implements AppParser {
  readonly #context: AppContext;
  readonly #skip: [number, number] = [0, 0];
  readonly #deaf: [boolean, boolean] = [false, false];
  #version = 4;
  #connecting = false;
  #connected = false;
  #connectId = 0;
  #count = 0;
  /** Identifiers of what waits for its acknowledgement: id of the transaction by kind and identifier. */
  readonly #open = new Map<string, number>();

  /** Types and reasons of the messages of a transaction, by its id. */
  readonly #before = new Map<number, { types: number[]; reasons: number[] }>();

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      if (this.#deaf[direction]) return bytes.length;
      const passed = Math.min(this.#skip[direction], bytes.length - at);
      this.#skip[direction] -= passed;
      at += passed;
      if (at >= bytes.length) break;
      const told = remaining(bytes, at + 1);
      if (told === null) break;
      if (told.length < 0) return this.#broken(direction, bytes);
      const part = Math.min(told.length, READ_MAX);
      if (told.next + part > bytes.length) break;
      const end = told.next + part;
      this.#message(direction, bytes.subarray(at, told.next), bytes.subarray(told.next, end));
      at = end;
      this.#skip[direction] = told.length - part;
    }
    return at;
  }

  end(): void {
    // Messages are whole or nothing.
  }

  #broken(direction: Direction, bytes: Uint8Array): number {
    this.#context.event('mqtt.malformed_traffic', direction);
    this.#deaf[direction] = true;
    return bytes.length;
  }

  /** `front`: type and flags, and how much follows. */
  #message(direction: Direction, front: Uint8Array, body: Uint8Array): void {
    const head = front[0]!;
    const type = head >> 4;
    const qos = (head >> 1) & 3;
    if (type === TYPE.connect) this.#version = versionOf(body);
    const odd = this.#oddities(type, qos, body);
    const id = this.#transaction(type, qos, body);
    const side = new Side('mqtt', direction, id);
    side.number('mqtt.type', type).number('mqtt.qos', qos).number('mqtt.protocol_version', this.#version);
    side.number('mqtt.flags', head & 15);
    if (this.#context.framed('mqtt')) this.#frames(direction, front, body);
    if (malformed(type, qos, body, this.#version)) odd.push('malformed_traffic');
    else addBody(side, type, qos, body, this.#version);
    this.#sequence(side, id, type);
    this.#context.transaction(side.done());
    for (const name of odd) this.#context.event(`mqtt.${name}`, direction);
  }

  /** What its transaction had so far, with the message at hand. */
  #sequence(side: Side, id: number, type: number): void {
    const before = this.#before.get(id) ?? { types: [], reasons: [] };
    this.#before.delete(id);
    if (this.#before.size >= OPEN_MAX) this.#before.delete(this.#before.keys().next().value!);
    this.#before.set(id, before);
    if (before.types.length < LIMITS.repeats) before.types.push(type);
    const [reason] = side.numbersOf('mqtt.reason_code');
    if (reason !== undefined && before.reasons.length < LIMITS.repeats) before.reasons.push(reason);
    for (const one of before.types) side.number('mqtt.type.all', one);
    for (const one of before.reasons) side.number('mqtt.reason_code.all', one);
  }

  /** `body` follows `front` in the same memory. */
  #frames(direction: Direction, front: Uint8Array, body: Uint8Array): void {
    const { buffer, byteOffset } = front;
    const whole = new Uint8Array(buffer, byteOffset, front.length + body.length);
    tellParts(this.#context, direction, ['mqtt.pdu', 'mqtt.header', 'mqtt.data'], whole, front.length);
  }

  /** What is wrong with a message where it comes. */
  #oddities(type: number, qos: number, body: Uint8Array): string[] {
    const odd: string[] = [];
    if (type === 0 || (type === TYPE.auth && this.#version < 5)) odd.push('unassigned_msg_type');
    if (qos === 3) odd.push('invalid_qos_level');
    if (type === TYPE.connect && (this.#connecting || this.#connected)) odd.push('double_connect');
    if (type === TYPE.connack && !this.#connecting) odd.push('missing_connect');
    const before = type === TYPE.connect || type === TYPE.connack || (type === TYPE.auth && this.#connecting);
    if (!before && type !== 0 && !this.#connected) odd.push('unintroduced_message');
    const kind = kindOf(type);
    if (kind !== '' && !opens(type) && this.#connected && !this.#open.has(`${kind}${String(u16(body, 0))}`))
      odd.push(`missing_${kind}`);
    if (needsId(type, qos) && idOf(type, body) < 0) odd.push('missing_msg_id');
    return odd;
  }

  /** The transaction that a message belongs to. */
  #transaction(type: number, qos: number, body: Uint8Array): number {
    if (type === TYPE.connack) {
      this.#connected = true;
      return this.#connecting ? this.#connectId : this.#next();
    }
    const kind = kindOf(type);
    const key = `${kind}${String(idOf(type, body))}`;
    const known = kind === '' ? undefined : this.#open.get(key);
    if (known !== undefined && !opens(type)) return known;
    const id = this.#next();
    if (type === TYPE.connect) {
      this.#connecting = true;
      this.#connectId = id;
    }
    if (kind !== '' && needsId(type, qos)) {
      if (this.#open.size >= OPEN_MAX) this.#open.delete(this.#open.keys().next().value!);
      this.#open.set(key, id);
    }
    return id;
  }

  #next(): number {
    const id = this.#count;
    this.#count += 1;
    return id;
  }
}

function kindOf(type: number): string {
  if (type >= TYPE.publish && type <= TYPE.pubcomp) return 'publish';
  if (type === TYPE.subscribe || type === TYPE.suback) return 'subscribe';
  return type === TYPE.unsubscribe || type === TYPE.unsuback ? 'unsubscribe' : '';
}

const opens = (type: number): boolean => type === TYPE.publish || type === TYPE.subscribe || type === TYPE.unsubscribe;
const needsId = (type: number, qos: number): boolean => (type === TYPE.publish ? qos > 0 : opens(type));

function idOf(type: number, body: Uint8Array): number {
  return type === TYPE.publish ? u16(body, 2 + Math.max(0, u16(body, 0))) : u16(body, 0);
}

function versionOf(body: Uint8Array): number {
  return u8(body, 2 + Math.max(0, u16(body, 0)));
}

/** A CONNECT names its protocol; a CONNACK has two bytes (or properties). */
function recognise(bytes: Uint8Array): Verdict {
  if (bytes[0] !== 0x10 && bytes[0] !== 0x20) return 'no';
  const told = remaining(bytes, 1);
  if (told === null) return bytes.length < 5 ? 'more' : 'no';
  if (bytes[0] === 0x20) {
    if (told.length !== 2 || bytes.length >= 4)
      return told.length === 2 && bytes[2]! <= 1 && bytes[3]! <= 5 ? 'yes' : 'no';
    return 'more';
  }
  const name = latin(bytes, told.next + 2, told.next + 8);
  if (told.length < 10) return 'no';
  if (name.startsWith('MQTT') || name === 'MQIsdp') return 'yes';
  return 'MQTT'.startsWith(name) || 'MQIsdp'.startsWith(name) ? 'more' : 'no';
}

export const mqtt: AppProtocol = {
  name: 'mqtt',
  transport: 'tcp',
  streamBeginsWith: (byte) => byte === 0x10 || byte === 0x20,
  recognise: (bytes) => recognise(bytes),
  open: (context) => new MqttParser(context),
};
