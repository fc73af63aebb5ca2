/** How conversations of protocols are written down, and what their messages are made of. */
import { be16, be32, bytes, join, le16, le32, type FlowOptions } from './wire.ts';

export interface Talk {
  /** The inspector's id. */
  id: string;
  options: FlowOptions;
  /** Payloads in order: 'c' of the client, 's' of the server. */
  say: readonly (readonly ['c' | 's', Uint8Array])[];
  facts: Readonly<Record<string, string>>;
}

export const zeros = (n: number): Uint8Array => new Uint8Array(n);
export type Part = Uint8Array | string | number[];
export const made = (parts: readonly Part[]): Uint8Array =>
  join(...parts.map((p) => (typeof p === 'string' ? bytes(p) : p)));
export const c = (...parts: Part[]): ['c', Uint8Array] => ['c', made(parts)];
export const s = (...parts: Part[]): ['s', Uint8Array] => ['s', made(parts)];

export const tlv = (kind: number, value: Uint8Array): Uint8Array => join([kind, value.length + 2], value);
export const radius = (code: number, ...attributes: Uint8Array[]): Uint8Array => {
  const body = join(...attributes);
  return join([code, 7], be16(20 + body.length), zeros(16), body);
};
export const tpkt = (body: Uint8Array): Uint8Array => join([3, 0], be16(body.length + 4), body);
export const cotp = (body: Uint8Array): Uint8Array => tpkt(join([2, 0xf0, 0x80], body));
export const bson = (...elements: Uint8Array[]): Uint8Array => {
  const body = join(...elements);
  return join(le32(body.length + 5), body, [0]);
};
export const bsonText = (key: string, value: string): Uint8Array =>
  join([2], bytes(`${key}\0`), le32(value.length + 1), bytes(`${value}\0`));
export const bsonDocument = (key: string, value: Uint8Array): Uint8Array => join([3], bytes(`${key}\0`), value);
export const mongo = (operation: number, body: Uint8Array, answers = 0): Uint8Array =>
  join(le32(16 + body.length), le32(1), le32(answers), le32(operation), body);
export const text16 = (value: string): Uint8Array => join(be16(value.length), bytes(value));
export const mqtt = (first: number, body: Uint8Array): Uint8Array => join([first, body.length], body);
export const amqpField = (key: string, value: string): Uint8Array =>
  join([key.length], bytes(key), bytes('S'), be32(value.length), bytes(value));
export const amqp = (method: number, body: Uint8Array): Uint8Array =>
  join([1], be16(0), be32(body.length + 4), be16(10), be16(method), body, [0xce]);
export const mysql = (number: number, body: Uint8Array): Uint8Array =>
  join([body.length & 255, body.length >> 8, 0, number], body);
export const postgres = (letter: string, body: Uint8Array): Uint8Array =>
  join(bytes(letter), be32(body.length + 4), body);
export const ber = (tag: number, ...parts: Uint8Array[]): Uint8Array => {
  const content = join(...parts);
  return join([tag, content.length], content);
};
export const zabbix = (json: string): Uint8Array => join(bytes('ZBXD\x01'), le32(json.length), le32(0), bytes(json));
export const opcua = (kind: string, body: Uint8Array): Uint8Array =>
  join(bytes(`${kind}F`), le32(body.length + 8), body);
export const string32 = (value: string): Uint8Array => join(le32(value.length), bytes(value));
export const enip = (command: number, body: Uint8Array): Uint8Array =>
  join(le16(command), le16(body.length), zeros(20), body);
export const stun = (type: number, ...attributes: Uint8Array[]): Uint8Array => {
  const body = join(...attributes);
  return join(be16(type), be16(body.length), be32(0x2112a442), zeros(12), body);
};
export const attribute = (kind: number, value: Uint8Array): Uint8Array =>
  join(be16(kind), be16(value.length), value, zeros((4 - (value.length & 3)) & 3));
export const seen = (address: number, port: number): Uint8Array =>
  join([0, 1], be16(port ^ 0x2112), be32((address ^ 0x2112a442) >>> 0));
