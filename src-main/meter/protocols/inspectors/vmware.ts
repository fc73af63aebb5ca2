/** VMware: the greeting of a host's authentication service, and hosts' signs of life to their centre. */
import { matches } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { lineEnd, lineText } from '../bytes.ts';

const GREETING = '220 VMware Authentication Daemon';
const HEARTBEAT = 66;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.tcp) return matches(data, at, end, GREETING);
  return (p.respPort === 902 || p.origPort === 902) && end - at === HEARTBEAT && data[at] === 0xa4 ? YES : NO;
}

export const vmware: Inspector = {
  id: 'vmware',
  over: 'both',
  ports: [902, 903],
  first: [0x32, 0xa4],
  service: '',
  app: 'VMware',
  probe,
  open: once((flow, _fromOrig, data, at, end) => {
    const lf = lineEnd(data, at, end);
    if (data[at] === 0x32) flow.fact('vmware.greeting', lineText(data, at, lf < 0 ? end : lf));
  }),
};
