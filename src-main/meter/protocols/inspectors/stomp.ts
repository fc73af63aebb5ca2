/** STOMP: a connect frame or its answer with their headers. */
import { startsWith, findText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (startsWith(data, at, end, 'STOMP\n') || startsWith(data, at, end, 'STOMP\r\n')) return YES;
  if (
    !startsWith(data, at, end, 'CONNECT\n') &&
    !startsWith(data, at, end, 'CONNECTED\n') &&
    !startsWith(data, at, end, 'CONNECT\r\n')
  )
    return NO;
  return findText(data, ':', at, Math.min(end, at + 64)) > 0 ? YES : NO;
}

export const stomp: Inspector = {
  id: 'stomp',
  over: 'tcp',
  ports: [61613],
  first: [0x43, 0x53],
  service: '',
  app: 'STOMP',
  probe,
};
