/** Mining of coins: Stratum's and its relatives' requests in JSON, one a line. */
import { findText, latin1 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';

const METHODS = ['"mining.', '"eth_submitLogin"', '"eth_getWork"', '"eth_submitWork"', '"eth_submitHashrate"'];
const SHOWN = 400;

/** Payloads that are read: a request and its answer come first. */
const PAYLOADS = 8;

class MiningSession implements Session {
  private left = PAYLOADS;
  private asked = false;
  private agent = '';

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    if (fromOrig) this.request(flow, data, at, end);
    else if (this.asked) {
      flow.emit({ ...flow.head(), kind: 'mining', agent: this.agent });
      this.left = 0;
    }
    if (--this.left <= 0) flow.finish();
    return end;
  }

  private request(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    this.asked = true;
    if (this.agent !== '') return;
    this.agent = /"agent":\s?"([^"]{1,100})"/.exec(latin1(data, at, end, SHOWN))?.[1] ?? '';
    flow.fact('mining.agent', this.agent);
  }
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const stop = Math.min(end, at + SHOWN);
  if (findText(data, '"method"', at, stop) < 0) return NO;
  for (const method of METHODS) if (findText(data, method, at, stop) > 0) return YES;
  // CryptoNote's pools: a login that names the miner's program, or a job for it.
  if (findText(data, '"login"', at, stop) > 0) return findText(data, '"agent"', at, stop) > 0 ? YES : NO;
  return findText(data, '"job"', at, stop) > 0 && findText(data, '"blob"', at, stop) > 0 ? YES : NO;
}

export const mining: Inspector = {
  id: 'mining',
  over: 'tcp',
  ports: [3333, 4444, 14444],
  first: [0x7b],
  service: '',
  app: 'Mining',
  probe,
  open: () => new MiningSession(),
};
