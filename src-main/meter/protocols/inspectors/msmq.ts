/** Microsoft's message queues ([MS-MQQB]): the signature of a packet. */
import { u32le, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16) return NO;
  return startsWith(data, at + 4, end, 'LIOR') && u32le(data, at + 8) >= 16 ? YES : NO;
}

export const msmq: Inspector = {
  id: 'msmq',
  over: 'tcp',
  ports: [1801],
  marks: { tcp: { at: 4, bytes: [0x4c] } },
  service: '',
  app: 'MSMQ',
  probe,
};
