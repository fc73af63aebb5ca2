/** MQTT for sensor networks: a length that fits and a known message on its ports. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const KINDS_MAX = 0x1d;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 2 &&
    data[at] === end - at &&
    data[at + 1]! <= KINDS_MAX &&
    (data[at + 1] === 4 ? end - at >= 6 && data[at + 3] === 1 : data[at + 1]! <= 2)
    ? YES
    : NO;
}

export const mqttSn: Inspector = {
  id: 'mqtt-sn',
  over: 'udp',
  ports: [1884, 10000],
  portBound: true,
  service: '',
  app: 'MQTT-SN',
  probe,
};
