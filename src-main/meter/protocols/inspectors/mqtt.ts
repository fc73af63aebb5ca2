/** MQTT: its CONNECT packet. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== 0x10 || end - at < 10) return NO;
  let next = at + 1;
  while (next < at + 5 && data[next]! & 0x80) next++;
  return startsWith(data, next + 1, end, '\0\x04MQTT') || startsWith(data, next + 1, end, '\0\x06MQIsdp') ? YES : NO;
}

export const mqtt: Inspector = {
  id: 'mqtt',
  over: 'tcp',
  ports: [1883],
  service: 'mqtt',
  app: 'MQTT',
  probe,
};
