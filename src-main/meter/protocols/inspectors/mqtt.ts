/** MQTT: its CONNECT packet. */
import { startsWith, text, u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

/** Version, name of the client, and whether it sends a user's name and a password in the clear (never which). */
function connect(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  let next = at + 1;
  while (next < at + 5 && next < end && data[next]! & 0x80) next++;
  next++;
  if (next + 2 > end) return;
  next += 2 + u16(data, next);
  if (next + 4 > end) return;
  const version = data[next]!;
  const flags = data[next + 1]!;
  flow.fact('mqtt.version', version === 5 ? '5.0' : version === 4 ? '3.1.1' : '3.1');
  flow.fact('mqtt.credentials', flags & 0x40 ? 'user and password' : flags & 0x80 ? 'user' : 'none');
  next += 4;
  if (version === 5) next += 1 + (data[next] ?? 0);
  if (next + 2 > end) return;
  const length = u16(data, next);
  if (length > 0 && next + 2 + length <= end) flow.fact('mqtt.client', text(data, next + 2, next + 2 + length, 128));
}

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
  first: [0x10],
  service: 'mqtt',
  app: 'MQTT',
  probe,
  open: once(connect),
};
