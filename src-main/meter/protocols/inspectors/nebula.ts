/** Nebula's overlay network: the header of a handshake's two messages, on its usual port. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const HEADER = 16;
/** Version 1, a handshake of the only kind there is. */
const HANDSHAKE = 0x10;
/** A message holds a key and a certificate at least. */
const LEAST = HEADER + 64;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < LEAST || data[at] !== HANDSHAKE || data[at + 1] !== 0 || u16(data, at + 2) !== 0) return NO;
  const counter = u32(data, at + 12);
  if (u32(data, at + 8) !== 0 || (counter !== 1 && counter !== 2)) return NO;
  // The first message cannot know the other side's index yet, the second must.
  return (u32(data, at + 4) === 0) === (counter === 1) ? YES : NO;
}

export const nebula: Inspector = {
  id: 'nebula',
  over: 'udp',
  ports: [4242],
  portBound: true,
  first: [HANDSHAKE],
  service: '',
  app: 'Nebula',
  probe,
};
