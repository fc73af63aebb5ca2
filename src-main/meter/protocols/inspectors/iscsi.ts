/** iSCSI (RFC 7143): a login with its text keys; on its port any message whose lengths fit. */
import { u24, find, findText, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { range } from '../first.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [3260, 860];
function login(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  for (const key of ['InitiatorName=', 'TargetName=']) {
    const found = findText(data, key, at, Math.min(end, at + 1024));
    if (found < 0) continue;
    const zero = find(data, 0, found, end);
    flow.fact(`iscsi.${key.slice(0, -5).toLowerCase()}`, text(data, found + key.length, zero < 0 ? end : zero));
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 48) return NO;
  const opcode = data[at]! & 0x3f;
  const length = (u24(data, at + 5) + 3) & ~3;
  const whole = at + 48 + data[at + 4]! * 4 + length;
  if (opcode === 3 || opcode === 0x23) {
    if (data[at + 2]! > 1 || data[at + 3]! > 1 || whole > end + 8192) return NO;
    return findText(data, '=', at + 48, Math.min(end, at + 112)) >= 0 ? YES : NO;
  }
  return usual(p, PORTS) && (opcode <= 6 || (opcode >= 0x20 && opcode <= 0x26)) && whole === end ? YES : NO;
}

export const iscsi: Inspector = {
  id: 'iscsi',
  over: 'tcp',
  ports: PORTS,
  first: range(0, 255).filter((byte) => (byte & 0x1f) <= 6),
  service: '',
  app: 'iSCSI',
  probe,
  open: once(login),
};
