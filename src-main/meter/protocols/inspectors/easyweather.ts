/** Weather stations' gateways (Fine Offset and their kin): two bytes of ones, a command, its size, and their sum. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** The message begins with 0xffff; size and sum count from the command on. */
function fits(data: Uint8Array, at: number, end: number, size: number): boolean {
  if (size < 3 || at + 2 + size !== end) return false;
  let sum = 0;
  for (let i = at + 2; i < end - 1; i++) sum += data[i]!;
  return (sum & 255) === data[end - 1];
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 6 || end - at > 1024 || u16(data, at) !== 0xffff) return NO;
  return fits(data, at, end, data[at + 3]!) || fits(data, at, end, u16(data, at + 3)) ? YES : NO;
}

export const easyweather: Inspector = {
  id: 'easyweather',
  over: 'both',
  ports: [45000, 46000, 59387],
  portBound: true,
  first: [0xff],
  service: '',
  app: 'EasyWeather',
  probe,
};
