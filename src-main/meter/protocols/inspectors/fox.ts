/** Niagara's Fox, of building automation: its greeting in text. */
import { findText, latin1, startsWith } from '../bytes.ts';
import { once } from '../once.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const SHOWN = 512;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!startsWith(data, at, end, 'fox a ')) return NO;
  return findText(data, ' fox hello', at, Math.min(end, at + 64)) > 0 ? YES : NO;
}

export const fox: Inspector = {
  id: 'fox',
  over: 'tcp',
  ports: [1911, 3011],
  first: [0x66],
  service: '',
  app: 'Fox',
  probe,
  open: once((flow, fromOrig, data, at, end) => {
    const greeting = latin1(data, at, end, SHOWN);
    const host = /^hostName=s:([^\n]{1,64})$/m.exec(greeting)?.[1];
    const version = /^app\.version=s:([^\n]{1,64})$/m.exec(greeting)?.[1];
    if (host !== undefined && !fromOrig) flow.fact('fox.host', host);
    if (version !== undefined) flow.fact('fox.version', version);
  }, 2),
};
