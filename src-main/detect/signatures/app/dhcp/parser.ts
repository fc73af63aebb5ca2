/** DHCP for IPv4 (RFC 2131, RFC 2132): how long an address is lent. */
import { u32, u8 } from '../bytes.ts';
import { usual, type AppContext, type AppParser, type AppProtocol, type Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { AppFlowOptions, Direction } from '../types.ts';

/** Where the options begin, behind the fixed fields and the cookie. */
const OPTIONS = 240;
const COOKIE = 0x6382_5363;
const PAD = 0;
const END = 255;
const TIMES: ReadonlyMap<number, string> = new Map([
  [51, 'dhcp.leasetime'],
  [58, 'dhcp.renewal_time'],
  [59, 'dhcp.rebinding_time'],
]);

class DhcpParser implements AppParser {
  readonly #context: AppContext;
  #count = 0;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    if (u32(bytes, OPTIONS - 4) !== COOKIE) return bytes.length;
    const side = new Side('dhcp', direction, this.#count);
    this.#count += 1;
    for (let at = OPTIONS; at < bytes.length && bytes[at] !== END;) {
      const length = bytes[at] === PAD ? -1 : u8(bytes, at + 1);
      if (bytes[at] !== PAD && (length < 0 || at + 2 + length > bytes.length)) break;
      const time = length === 4 ? TIMES.get(bytes[at]!) : undefined;
      if (time !== undefined) side.number(time, u32(bytes, at + 2));
      at += 2 + length;
    }
    this.#context.transaction(side.done());
    return bytes.length;
  }

  end(): void {
    // Each message was whole.
  }
}

function recognise(bytes: Uint8Array, options: AppFlowOptions): Verdict {
  return usual(options, 67, 68) && u32(bytes, OPTIONS - 4) === COOKIE ? 'yes' : 'no';
}

export const dhcp: AppProtocol = {
  name: 'dhcp',
  transport: 'udp',
  beginsWith: (byte) => byte === 1 || byte === 2,
  recognise: (bytes, _direction, options) => recognise(bytes, options),
  open: (context) => new DhcpParser(context),
};
