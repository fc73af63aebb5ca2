/** DCE/RPC over connections (C706 12.6; MS-RPCE 2.2): its messages, what is bound, and what is called. */
import { isHeader } from '../inspectors/dcerpc.ts';
import { interfaceName } from '../inspectors/rpc-interfaces.ts';
import { hexText, named, type Next, type Part, type Words } from './part.ts';

const HEADER = 16;
const VERIFIER = 8;
const HAS_OBJECT = 0x80;
/** Messages of one packet, interfaces of one message that are told. */
const MESSAGES_MAX = 16;
const ITEMS_MAX = 32;

const REQUEST = 0;
const RESPONSE = 2;
const FAULT = 3;
const BIND = 11;
const BIND_ACK = 12;
const BIND_NAK = 13;
const ALTER = 14;
const ALTER_RESPONSE = 15;
const TYPES: Readonly<Record<number, string>> = {
  [REQUEST]: 'request',
  [RESPONSE]: 'response',
  [FAULT]: 'fault',
  [BIND]: 'bind',
  [BIND_ACK]: 'bind acknowledged',
  [BIND_NAK]: 'bind refused',
  [ALTER]: 'alter context',
  [ALTER_RESPONSE]: 'context altered',
  16: 'authentication',
  17: 'shutdown',
  18: 'cancel',
  19: 'orphaned',
};
const RESULTS: Readonly<Record<number, string>> = {
  0: 'accepted',
  1: 'refused by the user',
  2: 'refused by the provider',
  3: 'negotiated',
};
const SECURITY = named({ 0: 'none', 9: 'SPNEGO', 10: 'NTLM', 14: 'TLS', 16: 'Kerberos', 68: 'Netlogon' });
const LEVELS = named({ 1: 'none', 2: 'connect', 3: 'call', 4: 'packet', 5: 'integrity', 6: 'privacy' });

const FLAGS = ['first', 'last', 'cancel pending', '', 'concurrent', 'did not execute', 'maybe', 'object'] as const;
const flagWords = (value: number): string =>
  `${hexText(value, 2)} (${FLAGS.filter((name, bit) => name !== '' && (value >> bit) & 1).join(', ')})`;

/** Whether a message begins here: neither its port nor its length says so. */
export function isRpc(part: Part): boolean {
  return part.left >= HEADER && isHeader(part.bytes, part.at);
}

/** One message, whose numbers stand in the order that its head says. */
class Message {
  private readonly part: Part;
  private readonly isLittle: boolean;

  constructor(part: Part) {
    this.part = part;
    this.isLittle = part.peek(1, 4) >> 4 === 1;
  }

  number(id: string, name: string, size: number, words?: Words): number {
    const { part } = this;
    return this.isLittle ? part.little(id, name, size, words) : part.number(id, name, size, words);
  }

  /** Of two bytes, that stands `ahead` bytes further on. */
  peek(ahead: number): number {
    return this.part.peek(2, ahead, this.isLittle);
  }

  /** A UUID, of whose name the first three groups follow the order of the message; what it is called, else itself. */
  uuid(id: string, name: string): string {
    let said = '';
    this.part.take(id, name, 16, (raw) => {
      const bytes = Buffer.from(raw);
      if (this.isLittle) for (const [from, to] of [[0, 4], [4, 6], [6, 8]]) bytes.subarray(from, to).reverse(); // prettier-ignore
      const uuid = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
      said = interfaceName(uuid);
      return said === uuid ? uuid : `${uuid} (${said})`;
    });
    return said;
  }
}

function fragmentSizes(message: Message): void {
  message.number('dcerpc.cn_max_xmit', 'Largest fragment sent', 2);
  message.number('dcerpc.cn_max_recv', 'Largest fragment taken', 2);
  message.number('dcerpc.cn_assoc_group', 'Group', 4, (v) => hexText(v, 8));
}

/** Returns what is bound. */
function bind(part: Part, message: Message): string {
  fragmentSizes(message);
  const count = part.number('dcerpc.cn_num_ctx_items', 'Interfaces', 1);
  part.take('dcerpc.reserved', 'Reserved', 3);
  const bound = new Set<string>();
  for (let i = 0; i < Math.min(count, ITEMS_MAX); i++) {
    part.depth = 1;
    message.number('dcerpc.cn_ctx_id', 'Context', 2);
    const syntaxes = part.number('dcerpc.cn_num_trans_items', 'Encodings', 1);
    part.take('dcerpc.reserved', 'Reserved', 1);
    part.depth = 2;
    bound.add(message.uuid('dcerpc.cn_bind_to_uuid', 'Interface'));
    message.number('dcerpc.cn_bind_if_ver', 'Version', 2);
    message.number('dcerpc.cn_bind_if_ver_minor', 'Minor version', 2);
    for (let k = 0; k < syntaxes; k++) {
      message.uuid('dcerpc.cn_bind_trans_id', 'Encoding');
      message.number('dcerpc.cn_bind_trans_ver', 'Version', 4);
    }
  }
  if (count > ITEMS_MAX) part.note = `Only the first ${ITEMS_MAX} interfaces are listed.`;
  return [...bound].join(', ');
}

/** `start`: of the message; the results stand at a fourth byte from there. Returns the first of them. */
function bound(part: Part, message: Message, start: number): string {
  fragmentSizes(message);
  const size = message.number('dcerpc.cn_sec_addr_len', 'Length of the second address', 2);
  part.take('dcerpc.cn_sec_addr', 'Second address', size, (b) => Buffer.from(b).toString('latin1').replace(/\0+$/, ''));
  const padding = -(part.at - start) & 3;
  if (padding > 0) part.take('dcerpc.padding', 'Padding', padding);
  const count = part.number('dcerpc.cn_num_results', 'Results', 1);
  part.take('dcerpc.reserved', 'Reserved', 3);
  let first = '';
  for (let i = 0; i < Math.min(count, ITEMS_MAX); i++) {
    part.depth = 1;
    const result = message.number('dcerpc.cn_ack_result', 'Result', 2, named(RESULTS));
    part.depth = 2;
    message.number('dcerpc.cn_ack_reason', 'Reason', 2);
    message.uuid('dcerpc.cn_ack_trans_id', 'Encoding');
    message.number('dcerpc.cn_ack_trans_ver', 'Version', 4);
    first ||= RESULTS[result] ?? `result ${result}`;
  }
  return first;
}

function call(part: Part, message: Message, type: number, flags: number): string {
  message.number('dcerpc.cn_alloc_hint', 'Bytes of all of it', 4);
  const context = message.number('dcerpc.cn_ctx_id', 'Context', 2);
  if (type === REQUEST) {
    const operation = message.number('dcerpc.opnum', 'Operation', 2);
    if ((flags & HAS_OBJECT) !== 0) message.uuid('dcerpc.obj_id', 'Object');
    return `operation ${operation} of context ${context}`;
  }
  part.number('dcerpc.cn_cancel_count', 'Cancelled', 1);
  part.take('dcerpc.reserved', 'Reserved', 1);
  if (type !== FAULT) return '';
  const status = message.number('dcerpc.cn_status', 'Status', 4, (v) => hexText(v, 8));
  return hexText(status, 8);
}

/** What a message of this type says behind its head, in a few words. */
function body(part: Part, message: Message, type: number, flags: number, start: number): string {
  if (type === BIND || type === ALTER) return bind(part, message);
  if (type === BIND_ACK || type === ALTER_RESPONSE) return bound(part, message, start);
  if (type === REQUEST || type === RESPONSE || type === FAULT) return call(part, message, type, flags);
  if (type === BIND_NAK) message.number('dcerpc.cn_reject_reason', 'Reason', 2);
  return '';
}

/** What proves who speaks, at the end of a message that is here whole. */
function verifier(part: Part, message: Message, end: number, size: number): void {
  part.depth = 1;
  part.number('dcerpc.auth_type', 'Security', 1, SECURITY);
  part.number('dcerpc.auth_level', 'Protects', 1, LEVELS);
  part.number('dcerpc.auth_pad_len', 'Length of the padding', 1);
  part.take('dcerpc.auth_rsrvd', 'Reserved', 1);
  message.number('dcerpc.auth_ctx_id', 'Context of the security', 4);
  part.take('dcerpc.auth_value', 'Token', Math.min(size, end - part.at));
}

/** Returns a few words on it. */
function pdu(part: Part): string {
  const start = part.at;
  const message = new Message(part);
  part.depth = 0;
  part.number('dcerpc.ver', 'Version', 1);
  part.number('dcerpc.ver_minor', 'Minor version', 1);
  const type = part.number('dcerpc.pkt_type', 'Message', 1, named(TYPES));
  const flags = part.number('dcerpc.cn_flags', 'Flags', 1, flagWords);
  part.take('dcerpc.drep', 'Order of the bytes', 4, (b) => (b[0]! >> 4 === 1 ? 'lowest first' : 'highest first'));
  const length = message.number('dcerpc.cn_frag_len', 'Length of the fragment', 2);
  const proof = message.number('dcerpc.cn_auth_len', 'Length of the token', 2);
  const id = message.number('dcerpc.cn_call_id', 'Call', 4);
  const end = start + length;
  if (end > part.end) part.note = 'The message goes on in another packet.';
  const said = body(part, message, type, flags, start);
  const from = end - proof - VERIFIER;
  const isProven = proof > 0 && end <= part.end && from >= part.at;
  const stop = isProven ? from : Math.min(end, part.end);
  part.depth = 0;
  if (stop > part.at) part.take('dcerpc.stub_data', 'Arguments', stop - part.at, (b) => `${b.length} bytes`);
  if (isProven) verifier(part, message, end, proof);
  part.at = Math.max(part.at, Math.min(end, part.end));
  return `${TYPES[type] ?? `message ${type}`} ${id}${said === '' ? '' : `: ${said}`}`;
}

export function dcerpc(part: Part): Next | null {
  const said: string[] = [];
  while (said.length < MESSAGES_MAX && isRpc(part)) {
    said.push(pdu(part));
    part.summary = `DCE/RPC ${said.join('; ')}`;
  }
  return part.rest('data');
}
