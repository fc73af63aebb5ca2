/** Lighting: Art-Net and streaming ACN (E1.31), each by its name in the header. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (startsWith(data, at, end, 'Art-Net\0')) return YES;
  return startsWith(data, at, end, '\0\x10\0\0ASC-E1.17\0\0\0') ? YES : NO;
}

export const artNet: Inspector = {
  id: 'art-net',
  over: 'udp',
  ports: [6454, 5568],
  first: [0x00, 0x41],
  service: '',
  app: 'ArtNet',
  probe,
};
