/** JSON-RPC 2.0: an object that states the version early. */
import { findText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return findText(data, '"jsonrpc"', at, Math.min(end, at + 128)) > 0 ? YES : NO;
}

export const jsonRpc: Inspector = {
  id: 'json-rpc',
  over: 'both',
  ports: [8545],
  first: [0x7b],
  service: '',
  app: 'JSON-RPC',
  probe,
};
