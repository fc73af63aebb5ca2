/** rsync's daemon: the greeting with its version. */
import { latin1, lineEnd, lineText, matches, startsWith } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import type { Inspector, Probe, Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const PAYLOADS = 6;
const GREETING = '@RSYNCD: ';
const MODULE = /^([\w.-]{1,64})\n/;

/** Both sides' versions, then the module that is asked for and whether it wants a password. */
function greeting(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const lf = lineEnd(data, at, Math.min(end, at + 128));
  let next = at;
  if (startsWith(data, at, end, GREETING)) {
    if (lf < 0) return;
    const said = lineText(data, at + GREETING.length, lf);
    if (/^\d/.test(said)) flow.fact(fromOrig ? 'rsync.client' : 'rsync.server', said);
    else if (said.startsWith('AUTHREQD')) flow.fact('rsync.password', 'asked for');
    next = lf + 1;
  } else if (startsWith(data, at, end, '@ERROR'))
    flow.fact('rsync.error', lineText(data, at + 8, lf < 0 ? end : lf, 128));
  if (fromOrig) flow.fact('rsync.module', MODULE.exec(latin1(data, next, end, 80))?.[1] ?? '');
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return matches(data, at, end, GREETING);
}

export const rsync: Inspector = {
  id: 'rsync',
  over: 'tcp',
  ports: [873],
  first: [0x40],
  service: '',
  app: 'RSYNC',
  probe,
  open: once(greeting, PAYLOADS),
};
