/** RTSP (RFC 2326). */
import { latin1, matches, printable, startsWith } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { accountInAddress, withoutSecrets } from '../secrets.ts';
import { basicUser } from './http-headers.ts';

const METHODS = [
  'OPTIONS ',
  'DESCRIBE ',
  'SETUP ',
  'PLAY ',
  'ANNOUNCE ',
  'TEARDOWN ',
  'GET_PARAMETER ',
  'RECORD ',
  'PAUSE ',
];

const REQUEST = /^([A-Z_]{4,13}) (rtsp\S{1,200}) RTSP/;
const STATUS = /^RTSP\/1\.0 (\d{3}[^\r\n]{0,40})/;
const AGENT = /\r\n(User-Agent|Server):[ \t]*([^\r\n]{1,128})/i;
const BASIC = /\r\nAuthorization:[ \t]*Basic[ \t]+([\w+/=]{1,512})/i;
const SHOWN = 1024;
const PAYLOADS = 6;

function message(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const shown = latin1(data, at, end, SHOWN);
  const [, method = '', target = ''] = REQUEST.exec(shown) ?? [];
  flow.also('rtsp.method', method);
  flow.fact('rtsp.target', withoutSecrets(printable(target)));
  flow.also('rtsp.status', printable(STATUS.exec(shown)?.[1] ?? ''));
  const [, who = '', software = ''] = AGENT.exec(shown) ?? [];
  if (who !== '') flow.fact(who.toLowerCase() === 'server' ? 'rtsp.server' : 'rtsp.agent', printable(software));
  const inAddress = accountInAddress(target);
  if (inAddress !== null) flow.inTheClear('password', printable(inAddress));
  const basic = BASIC.exec(shown);
  if (basic) flow.inTheClear('password', basicUser(basic[1]!));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (matches(data, at, end, 'RTSP/1.0 ') === YES) return YES;
  for (const method of METHODS) {
    if (matches(data, at, end, method) === YES && startsWith(data, at + method.length, end, 'rtsp')) return YES;
  }
  return NO;
}

export const rtsp: Inspector = {
  id: 'rtsp',
  over: 'tcp',
  ports: [554, 8554],
  first: [0x41, 0x44, 0x47, 0x4f, 0x50, 0x52, 0x53, 0x54],
  service: '',
  app: 'RTSP',
  probe,
  open: once(message, PAYLOADS),
};
