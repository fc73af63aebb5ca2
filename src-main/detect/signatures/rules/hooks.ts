/** Hooks into the progress of a protocol (`http1:response_headers`): which side of a transaction a rule is about. */
import type { Direction } from '../app/types.ts';

/** By protocol, '' all others: the states that Suricata names, of the client and of the server. */
const STATES: ReadonlyMap<string, readonly [client: readonly string[], server: readonly string[]]> = new Map([
  [
    '',
    [
      ['request_started', 'request_complete'],
      ['response_started', 'response_complete'],
    ],
  ],
  ['http1', [httpStates('request'), httpStates('response')]],
  [
    'tls',
    [
      tlsStates('client', ['in_progress', 'hello_done', 'cert_done', 'handshake_done', 'finished']),
      tlsStates('server', ['in_progress', 'hello', 'cert_done', 'hello_done', 'handshake_done', 'finished']),
    ],
  ],
]);

function httpStates(side: string): string[] {
  return ['started', 'line', 'headers', 'body', 'trailer', 'complete'].map((state) => `${side}_${state}`);
}

function tlsStates(side: string, states: readonly string[]): string[] {
  return states.map((state) => `${side}_${state}`);
}

/** The side that a state is of; undefined: the protocol has no such. */
export function hookSide(protocol: string, state: string): Direction | undefined {
  const [client = [], server = []] = STATES.get(protocol) ?? STATES.get('') ?? [];
  if (client.includes(state)) return 0;
  return server.includes(state) ? 1 : undefined;
}

/** Whether a state comes once a transaction, whatever a rule looks at: those that come with each piece do not. */
export function comesOnce(protocol: string, state: string): boolean {
  return protocol !== 'tls' && !state.endsWith('_body');
}
