/** NTP (RFC 5905) over UDP. */
import { copy } from '../bytes.ts';
import { usual, type AppContext, type AppParser, type AppProtocol } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';

const HEADER = 48;

class NtpParser implements AppParser {
  readonly #context: AppContext;
  readonly #counts: [number, number] = [0, 0];

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    const first = bytes[0]!;
    const mode = first & 7;
    const side = new Side('ntp', direction, this.#counts[direction]);
    this.#counts[direction] += 1;
    side.number('ntp.version', (first >> 3) & 7).number('ntp.mode', mode);
    // Control and private messages have no clock's fields.
    if (mode < 6 && bytes.length >= HEADER)
      side.number('ntp.stratum', bytes[1]!).add('ntp.reference_id', copy(bytes, 12, 16));
    this.#context.transaction(side.done());
    return bytes.length;
  }

  end(): void {
    // Datagrams are whole.
  }
}

export const ntp: AppProtocol = {
  name: 'ntp',
  transport: 'udp',
  recognise: (bytes, _direction, options) => {
    const version = (bytes[0]! >> 3) & 7;
    const mode = bytes[0]! & 7;
    const long = mode >= 6 ? bytes.length >= 8 : bytes.length >= HEADER;
    return usual(options, 123) && version >= 1 && version <= 4 && mode >= 1 && long ? 'yes' : 'no';
  },
  open: (context) => new NtpParser(context),
};
