/** ZooKeeper: four letters on its port, or the request for a session whose lengths fit. */
import { u32, latin1 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const WORDS = new Set(['ruok', 'stat', 'srvr', 'mntr', 'conf', 'cons', 'dump', 'envi', 'imok', 'isro', 'wchs']);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at >= 4 && end - at <= 6 && WORDS.has(latin1(data, at, end, 4))) return YES;
  return end - at >= 36 && u32(data, at) === end - at - 4 && u32(data, at + 4) === 0 ? YES : NO;
}

export const zookeeper: Inspector = {
  id: 'zookeeper',
  over: 'tcp',
  ports: [2181],
  portBound: true,
  service: '',
  app: 'ZooKeeper',
  probe,
};
