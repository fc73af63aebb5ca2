/** dce_rpc.log: calls of operations of remote interfaces. */
import type { ProtocolMessage } from '../../../../meter/protocols/types.ts';
import { interfaceName, operationName } from '../../../../meter/protocols/inspectors/rpc-interfaces.ts';
import { DCE_RPC } from '../kinds.ts';
import type { Desk, Maker } from './maker.ts';

/** What the specifications of Windows write before names that Zeek writes without. */
const PREFIXES = /^(?:IDL_|Netr|Rpc|Samr|R(?=[A-Z][a-z]|OpenSC))/;

/** An operation as specifications call it, and without their prefix: rules are written either way. */
function spellings(bound: string, operation: number): readonly string[] {
  const name = /\((\w+)\)$/.exec(operationName(bound, operation))?.[1];
  if (name === undefined) return [`unknown-${operation}`];
  const short = name.replace(PREFIXES, '');
  return short === name ? [name] : [name, short];
}

export const dceRpcMaker = (): Maker => ({
  kinds: ['dce_rpc'],
  reads: ['dcerpc'],
  message(message: ProtocolMessage, desk: Desk): void {
    if (message.kind !== 'dcerpc' || message.what !== 'call') return;
    const { interface: bound, operation, transport, respPort } = message;
    const isOnWire = transport === 'tcp' || transport === 'udp';
    const values = {
      endpoint: bound === '' ? undefined : interfaceName(bound),
      operation: spellings(bound, operation),
      named_pipe: isOnWire ? String(respPort) : transport,
    };
    desk.put(DCE_RPC, desk.common(message), values, desk.ends(message));
  },
});
