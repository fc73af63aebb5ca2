/** OPC UA's connection protocol (part 6): a kind, whether it is final, and a size that fits. */
import { u32le, startsWith, text, latin1 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const KINDS = new Set(['HEL', 'ACK', 'ERR', 'RHE', 'OPN', 'MSG', 'CLO']);
/** What the names of security policies have in common. */
const POLICY = /^http:\/\/opcfoundation\.org\/UA\/SecurityPolicy#/;
const PAYLOADS = 4;

/** A greeting names the endpoint, the opening of a channel its security, an error its reason. */
function greetings(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (startsWith(data, at, end, 'HEL')) flow.fact('opcua.endpoint', string(data, at + 28, end));
  else if (startsWith(data, at, end, 'OPN'))
    flow.fact('opcua.security', string(data, at + 12, end).replace(POLICY, ''));
  else if (startsWith(data, at, end, 'ERR')) flow.fact('opcua.error', string(data, at + 12, end));
}

/** A string after its length, which is -1 for none. */
function string(data: Uint8Array, at: number, end: number): string {
  if (at + 4 > end) return '';
  const length = u32le(data, at);
  return length < 1024 && at + 4 + length <= end ? text(data, at + 4, at + 4 + length) : '';
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 8 || !KINDS.has(latin1(data, at, end, 3))) return NO;
  const final = data[at + 3]!;
  if (final !== 0x46 && final !== 0x43 && final !== 0x41) return NO;
  return u32le(data, at + 4) >= 8 && u32le(data, at + 4) <= 1 << 24 && at + u32le(data, at + 4) >= end ? YES : NO;
}

export const opcUa: Inspector = {
  id: 'opc-ua',
  over: 'tcp',
  ports: [4840],
  first: [0x41, 0x43, 0x45, 0x48, 0x4d, 0x4f, 0x52],
  service: '',
  app: 'OPC-UA',
  probe,
  open: once(greetings, PAYLOADS),
};
