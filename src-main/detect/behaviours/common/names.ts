/** By which names the addresses of a capture were asked for: DNS answers, SNI and Host headers. */
import type { ProtocolMessage } from '../../../meter/protocols/types.ts';
import { BoundedMap } from './bounded.ts';
import { hostOnly, isAddress } from './texts.ts';

export class NameBook {
  private readonly byAddress: BoundedMap<string, string>;
  private readonly byHost: BoundedMap<number, string>;
  /** Names were looked up at all: an address without a name means something only then. */
  lookups = 0;

  constructor(ceiling = 20_000) {
    this.byAddress = new BoundedMap({ ceiling });
    this.byHost = new BoundedMap({ ceiling });
  }

  learn(message: ProtocolMessage): void {
    if (message.kind === 'dns') {
      if (!message.response || message.addresses.length === 0) return;
      this.lookups++;
      for (const address of message.addresses) this.byAddress.set(address, message.qname, message.sec);
    } else if (message.kind === 'tls') {
      if (message.sni !== '' && !isAddress(message.sni)) this.byHost.set(message.resp, message.sni, message.sec);
    } else if (message.kind === 'http') {
      if (message.host === '') return;
      const host = hostOnly(message.host);
      if (!isAddress(host)) this.byHost.set(message.resp, host.toLowerCase(), message.sec);
    }
  }

  /** The name that DNS gave the address for; '' when none was seen. What a client says it wants (SNI, Host) is its own word. */
  lookedUp(address: string): string {
    return this.byAddress.peek(address) ?? '';
  }

  /** The name under which the host was last contacted or looked up, '' when none was seen. */
  nameOf(host: number, address: string): string {
    return this.byHost.peek(host) ?? this.byAddress.peek(address) ?? '';
  }
}
