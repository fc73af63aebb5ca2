/** EtherCAT carried in UDP (IEC 61158): a length of eleven bits that fits, and the kind "commands", on its port. */
import { u16le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const HEADER = 2;
/** A command's header and counter. */
const COMMAND = 12;
const COMMAND_LAST = 14;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < HEADER + COMMAND) return NO;
  const header = u16le(data, at);
  const length = header & 0x07ff;
  // Short ones may be padded.
  return header >>> 12 === 1 && length >= COMMAND && length <= end - at - HEADER && data[at + HEADER]! <= COMMAND_LAST
    ? YES
    : NO;
}

export const ethercat: Inspector = {
  id: 'ethercat',
  over: 'udp',
  ports: [34980],
  portBound: true,
  service: '',
  app: 'EtherCAT',
  probe,
};
