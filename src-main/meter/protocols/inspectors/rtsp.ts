/** RTSP (RFC 2326). */
import { matches, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const METHODS = [
  'OPTIONS ',
  'DESCRIBE ',
  'SETUP ',
  'PLAY ',
  'ANNOUNCE ',
  'TEARDOWN ',
  'GET_PARAMETER ',
  'RECORD ',
  'PAUSE ',
];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (matches(data, at, end, 'RTSP/1.0 ') === YES) return YES;
  for (const method of METHODS) {
    if (matches(data, at, end, method) === YES && startsWith(data, at + method.length, end, 'rtsp')) return YES;
  }
  return NO;
}

export const rtsp: Inspector = {
  id: 'rtsp',
  over: 'tcp',
  ports: [554, 8554],
  first: [0x41, 0x44, 0x47, 0x4f, 0x50, 0x52, 0x53, 0x54],
  service: '',
  app: 'RTSP',
  probe,
};
