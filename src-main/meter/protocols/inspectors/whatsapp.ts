/** WhatsApp's own connections: the mark and versions before its Noise handshake. */
import { u24, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MARK_MAX = 16;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  let from = at;
  if (startsWith(data, at, end, 'ED\0\x01')) {
    // Routing information stands before the mark.
    if (end - at < 7) return NO;
    from = at + 7 + u24(data, at + 4);
  }
  if (from + 4 > end) return NO;
  return data[from] === 0x57 && data[from + 1] === 0x41 && data[from + 2]! <= MARK_MAX && data[from + 3]! <= MARK_MAX
    ? YES
    : NO;
}

export const whatsapp: Inspector = {
  id: 'whatsapp',
  over: 'tcp',
  ports: [5222, 443],
  first: [0x45, 0x57],
  service: '',
  app: 'WhatsApp',
  probe,
};
