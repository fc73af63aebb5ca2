/** The bodies of MQTT messages. */
import { copy, u16, u8 } from '../bytes.ts';
import type { Side } from '../side.ts';
import { remaining, TYPE } from './parser.ts';

/** Reads fields one after another; `bad` once one goes beyond the body. */
class Fields {
  bad = false;
  at = 0;
  readonly #data: Uint8Array;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get done(): boolean {
    return this.bad || this.at >= this.#data.length;
  }

  byte(): number {
    const value = u8(this.#data, this.at);
    this.bad ||= value < 0;
    this.at += 1;
    return value;
  }

  two(): number {
    const value = u16(this.#data, this.at);
    this.bad ||= value < 0;
    this.at += 2;
    return value;
  }

  text(): Uint8Array {
    const length = this.two();
    if (this.bad || this.at + length > this.#data.length) this.bad = true;
    const value = this.bad ? new Uint8Array(0) : copy(this.#data, this.at, this.at + length);
    this.at += Math.max(0, length);
    return value;
  }

  /** Properties of MQTT 5: their length counts. */
  properties(): void {
    const told = remaining(this.#data, this.at);
    if (told === null || told.length < 0 || told.next + told.length > this.#data.length) this.bad = true;
    else this.at = told.next + told.length;
  }

  rest(): Uint8Array {
    return copy(this.#data, this.at);
  }
}

/** Whether a length in a body goes beyond it. */
export function malformed(type: number, qos: number, body: Uint8Array, version: number): boolean {
  return walk(null, type, qos, body, version);
}

export function addBody(side: Side, type: number, qos: number, body: Uint8Array, version: number): void {
  walk(side, type, qos, body, version);
}

function walk(side: Side | null, type: number, qos: number, body: Uint8Array, version: number): boolean {
  const fields = new Fields(body);
  switch (type) {
    case TYPE.connect:
      connect(side, fields);
      break;
    case TYPE.connack:
      present(side, fields.byte());
      reason(side, fields.byte());
      if (version >= 5) fields.properties();
      break;
    case TYPE.publish:
      publish(side, fields, qos, version);
      break;
    case TYPE.subscribe:
    case TYPE.unsubscribe:
      topics(side, fields, type, version);
      break;
    default:
      if (type >= TYPE.puback && type <= TYPE.pubcomp && body.length > 2) side?.number('mqtt.reason_code', u8(body, 2));
  }
  return fields.bad;
}

function publish(side: Side | null, fields: Fields, qos: number, version: number): void {
  const topic = fields.text();
  if (qos > 0) fields.two();
  if (version >= 5) fields.properties();
  if (!fields.bad) side?.add('mqtt.publish.topic', topic).add('mqtt.publish.message', fields.rest());
}

function topics(side: Side | null, fields: Fields, type: number, version: number): void {
  fields.two();
  if (version >= 5) fields.properties();
  const name = type === TYPE.subscribe ? 'mqtt.subscribe.topic' : 'mqtt.unsubscribe.topic';
  for (let i = 0; i < 256 && !fields.done; i += 1) {
    const topic = fields.text();
    if (type === TYPE.subscribe) fields.byte();
    if (!fields.bad) side?.add(name, topic);
  }
}

function present(side: Side | null, flags: number): void {
  if (flags >= 0) side?.number('mqtt.connack.session_present', flags & 1);
}

function reason(side: Side | null, code: number): void {
  if (code >= 0) side?.number('mqtt.reason_code', code);
}

const FLAG = { will: 4, password: 64, user: 128 } as const;

function connect(side: Side | null, fields: Fields): void {
  const protocol = fields.text();
  side?.add('mqtt.connect.protocol_string', protocol);
  const version = fields.byte();
  const flags = Math.max(0, fields.byte());
  fields.two();
  side?.number('mqtt.connect.flags', flags);
  if (version >= 5 && !fields.bad) fields.properties();
  const names = ['mqtt.connect.clientid'];
  if ((flags & FLAG.will) !== 0) names.push('mqtt.connect.willtopic', 'mqtt.connect.willmessage');
  if ((flags & FLAG.user) !== 0) names.push('mqtt.connect.username');
  if ((flags & FLAG.password) !== 0) names.push('mqtt.connect.password');
  for (const name of names) {
    if (fields.bad) return;
    if (name.endsWith('willtopic') && version >= 5) fields.properties();
    const value = fields.text();
    if (!fields.bad) side?.add(name, value);
  }
}
