/** Which accounts were used from which host: logins that succeeded, and tickets that were given out. Names only. */
import type { Evidence } from '../../../../src-shared/domain/incident.ts';
import type { ProtocolMessage } from '../../../meter/protocols/types.ts';
import { BoundedMap, BoundedSet } from './bounded.ts';
import { fact } from './finding.ts';
import { formatList } from './words.ts';

const HOSTS = 10_000;
/** Accounts of one host that are told. */
const ACCOUNTS = 4;
const NAME_MAX = 64;
const COMPUTER = /\$(?:@|$)/;
const LIFETIME_S = 86_400;

export class AccountBook {
  private readonly byHost = new BoundedMap<number, BoundedSet<string>>({ ceiling: HOSTS, lifetime: LIFETIME_S });

  learn(message: ProtocolMessage): void {
    if (message.kind === 'login' && message.outcome === 'succeeded') this.add(message, message.user);
    else if (message.kind === 'kerberos' && (message.type === 'as-rep' || message.type === 'tgs-rep'))
      this.add(message, message.client);
  }

  private add({ orig, sec }: ProtocolMessage, name: string): void {
    // A computer's own account is in use all the time.
    if (name === '' || COMPUTER.test(name)) return;
    this.byHost.obtain(orig, sec, () => new BoundedSet<string>(ACCOUNTS)).add(name.slice(0, NAME_MAX).toLowerCase());
  }

  /** "Accounts in use from A: ada, root"; nothing where none was seen. */
  facts(host: number, address: string): Evidence[] {
    const names = this.byHost.peek(host);
    if (!names) return [];
    const [list, number] = [[...names.members], names.size];
    return [
      fact(
        `Accounts in use from ${address} in this capture: ${formatList(list, ACCOUNTS, number)}`,
        number,
        'accounts',
      ),
    ];
  }
}
