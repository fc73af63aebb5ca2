/** Git's own transport: a packet line that asks for a service. */
import { find, latin1, startsWith, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const SERVICES = ['git-upload-pack ', 'git-receive-pack ', 'git-upload-archive '];
function request(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const zero = find(data, 0, at, Math.min(end, at + 512));
  if (zero <= at + 4) return;
  const [service = '', ...repository] = text(data, at + 4, zero).split(' ');
  flow.fact('git.service', service);
  flow.fact('git.repository', repository.join(' '));
  flow.fact('git.host', /^host=([^\0]{1,128})\0/.exec(latin1(data, zero + 1, end, 140))?.[1] ?? '');
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  for (const service of SERVICES) if (startsWith(data, at + 4, end, service)) return YES;
  return NO;
}

export const git: Inspector = {
  id: 'git',
  over: 'tcp',
  ports: [9418],
  first: [0x30],
  service: '',
  app: 'Git',
  probe,
  open: once(request),
};
