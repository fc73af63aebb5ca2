/**
 * Modbus over TCP (MODBUS Messaging on TCP/IP Implementation Guide V1.0b). Requests are told, as the unit and what follows it;
 * answers say nothing that rules ask for.
 */
import { copy, u16 } from '../bytes.ts';
import { usual, type AppContext, type AppParser, type AppProtocol, type Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { AppFlowOptions, Direction } from '../types.ts';

const HEADER = 6;
/** Unit and function; the longest message. */
const LEAST = 2;
const MOST = 254;
/** Answers that say what went wrong have it set. */
const FAULT = 0x80;

class ModbusParser implements AppParser {
  readonly #context: AppContext;
  #count = 0;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    let at = 0;
    while (at + HEADER <= bytes.length) {
      const length = u16(bytes, at + 4);
      if (u16(bytes, at + 2) !== 0 || length < LEAST || length > MOST) return -1;
      const end = at + HEADER + length;
      if (end > bytes.length) break;
      if (direction === 0) this.#request(copy(bytes, at + HEADER, end));
      at = end;
    }
    return at;
  }

  end(): void {
    // Messages are whole or nothing.
  }

  #request(message: Uint8Array): void {
    if ((message[1]! & FAULT) !== 0) return;
    this.#context.transaction(new Side('modbus', 0, this.#count++).add('modbus.request', message).done());
  }
}

/** The header tells little: it is looked for on its own port alone. */
function recognise(bytes: Uint8Array, _direction: Direction, options: AppFlowOptions): Verdict {
  if (!usual(options, 502)) return 'no';
  if (bytes.length >= 4 && u16(bytes, 2) !== 0) return 'no';
  if (bytes.length < HEADER) return 'more';
  const length = u16(bytes, 4);
  return length >= LEAST && length <= MOST ? 'yes' : 'no';
}

export const modbus: AppProtocol = {
  name: 'modbus',
  transport: 'tcp',
  recognise,
  open: (context) => new ModbusParser(context),
};
