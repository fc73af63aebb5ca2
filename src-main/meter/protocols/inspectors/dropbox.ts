/** Dropbox's synchronisation within the local network. */
import { findText, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.respPort !== 17500 && p.origPort !== 17500) return NO;
  return startsWith(data, at, end, '{"') || findText(data, 'Bus17Cmd', at, Math.min(end, at + 64)) >= 0 ? YES : NO;
}

export const dropbox: Inspector = {
  id: 'dropbox',
  over: 'udp',
  ports: [17500],
  portBound: true,
  service: '',
  app: 'Dropbox',
  probe,
};
