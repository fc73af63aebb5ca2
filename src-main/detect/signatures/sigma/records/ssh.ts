/** ssh.log: a connection, once a login succeeded or it ends. */
import type { ProtocolMessage, SshMessage } from '../../../../meter/protocols/types.ts';
import { SSH } from '../kinds.ts';
import { orNone, type Desk, type EndedFlow, type Maker } from './maker.ts';
import { OpenLines } from './open-lines.ts';

interface Login {
  first: SshMessage;
  last: SshMessage;
  client: string;
  server: string;
  failures: number;
  succeeded: boolean;
  told: boolean;
}

class SshMaker implements Maker {
  readonly kinds = ['ssh'] as const;
  readonly reads = ['ssh'] as const;
  private readonly open = new OpenLines<Login>(tell);

  message(message: ProtocolMessage, desk: Desk): void {
    if (message.kind !== 'ssh') return;
    const one = this.open.of(message.flow, message.sec, desk, () => {
      return { first: message, last: message, client: '', server: '', failures: 0, succeeded: false, told: false };
    });
    one.last = message;
    if (message.what === 'banner') one[message.fromOrig ? 'client' : 'server'] = message.software;
    else if (message.what === 'auth-failed') one.failures++;
    else {
      one.succeeded = true;
      tell(one, desk);
    }
  }

  ended(flow: EndedFlow, desk: Desk): void {
    this.open.ended(flow, desk);
  }

  finish(desk: Desk): void {
    this.open.finish(desk);
  }
}

function tell(one: Login, desk: Desk): void {
  if (one.told) return;
  one.told = true;
  const { first, last, client, server, failures, succeeded } = one;
  const values = {
    version: /^SSH-1\.(?!99)/.test(server || client) ? 1 : 2,
    auth_success: succeeded ? true : failures > 0 ? false : undefined,
    auth_attempts: failures + (succeeded ? 1 : 0),
    client: orNone(client),
    server: orNone(server),
  };
  desk.put(SSH, desk.common(first), values, desk.ends(last));
}

export const sshMaker = (): Maker => new SshMaker();
