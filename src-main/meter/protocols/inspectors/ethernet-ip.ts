/** EtherNet/IP (ODVA): the encapsulation header with a known command. Its cyclic data over UDP: `cip.ts`. */
import { u16le, u32le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const COMMANDS = new Set([0x04, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 24 || !COMMANDS.has(u16le(data, at)) || u32le(data, at + 20) !== 0 || u32le(data, at + 8) > 0x69)
    return NO;
  return at + 24 + u16le(data, at + 2) === end ? YES : NO;
}

export const ethernetIp: Inspector = {
  id: 'ethernet-ip',
  over: 'both',
  ports: [44818],
  first: [0x04, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70],
  service: '',
  app: 'EthernetIP',
  probe,
};
