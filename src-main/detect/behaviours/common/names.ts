/** By which names the addresses of a capture were asked for: DNS answers, SNI and Host headers. */
import type { ProtocolMessage } from '../../../meter/protocols/types.ts';
import type { NameView } from '../../types.ts';
import { BoundedMap, BoundedSet } from './bounded.ts';
import { hostOnly, isAddress } from './texts.ts';

/** What asks a proxy: for a tunnel, or with the whole address of the page. */
const PROXIED = /^[a-z][a-z0-9+.-]*:\/\//i;
const PROXIES_MAX = 4096;

export class NameBook implements NameView {
  private readonly byAddress: BoundedMap<string, string>;
  private readonly byHost: BoundedMap<number, string>;
  /** They speak for others: the names that are asked of them are not theirs. */
  private readonly proxies = new BoundedSet<number>(PROXIES_MAX);
  lookups = 0;

  constructor(ceiling = 20_000) {
    this.byAddress = new BoundedMap({ ceiling });
    this.byHost = new BoundedMap({ ceiling });
  }

  learn(message: ProtocolMessage): void {
    if (message.kind === 'dns') {
      if (!message.response || message.addresses.length === 0 || message.variant === 'nbns') return;
      this.lookups++;
      for (const address of message.addresses) this.byAddress.set(address, message.qname, message.sec);
    } else if (message.kind === 'tls') {
      this.contact(message, message.sni);
    } else if (message.kind === 'http' && message.host !== '') {
      if (message.method === 'CONNECT' || PROXIED.test(message.uri)) this.proxies.add(message.resp);
      this.contact(message, hostOnly(message.host).toLowerCase());
    }
  }

  private contact({ resp, sec }: ProtocolMessage, name: string): void {
    if (name === '' || isAddress(name)) return;
    if (this.proxies.members.has(resp)) this.byHost.delete(resp);
    else this.byHost.set(resp, name, sec);
  }

  lookedUp(address: string): string {
    return this.byAddress.peek(address) ?? '';
  }

  nameOf(host: number, address: string): string {
    return this.byHost.peek(host) ?? this.byAddress.peek(address) ?? '';
  }
}
