/** News (RFC 3977): commands of its own, and greetings on its port. */
import { startsWith, findText, lineEnd, lineText } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [119, 433];
const COMMANDS = [
  'MODE READER',
  'AUTHINFO ',
  'GROUP ',
  'ARTICLE ',
  'XOVER ',
  'NEWGROUPS ',
  'CAPABILITIES\r\n',
  'IHAVE ',
  'LISTGROUP',
];
const LOGIN = /^AUTHINFO (USER|PASS) (\S{1,64})/i;
const PAYLOADS = 8;

function reader(): Session {
  let account = '';
  const line = (flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void => {
    const lf = lineEnd(data, at, Math.min(end, at + 256));
    if (lf <= at + 4) return;
    if (!fromOrig) return flow.fact('nntp.server', lineText(data, at + 4, lf));
    const [, kind = '', user = ''] = LOGIN.exec(lineText(data, at, lf)) ?? [];
    if (kind.toUpperCase() === 'USER') {
      account = user;
      flow.fact('nntp.user', user);
    } else if (kind !== '') flow.inTheClear('password', account);
  };
  return once(line, PAYLOADS)();
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (p.fromOrig) {
    for (const command of COMMANDS) if (startsWith(data, at, end, command, true)) return YES;
    return NO;
  }
  if (!startsWith(data, at, end, '200 ') && !startsWith(data, at, end, '201 ')) return NO;
  return usual(p, PORTS) || findText(data, 'NNTP', at, Math.min(end, at + 256), true) > 0 ? YES : NO;
}

export const nntp: Inspector = {
  id: 'nntp',
  over: 'tcp',
  ports: PORTS,
  first: [0x32, 0x41, 0x43, 0x47, 0x49, 0x4c, 0x4d, 0x4e, 0x58, 0x61, 0x63, 0x67, 0x69, 0x6c, 0x6d, 0x6e, 0x78],
  service: '',
  app: 'Usenet',
  probe,
  open: reader,
};
