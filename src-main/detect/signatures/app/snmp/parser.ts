/** SNMP 1, 2c and 3 (RFC 1157, RFC 3416, RFC 3412 to 3414) over UDP. */
import { copy } from '../bytes.ts';
import { children, content, element, integer, type Element } from '../der.ts';
import type { AppContext, AppParser, AppProtocol } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';

/** The fields of a message; null: it is none. */
function fieldsOf(data: Uint8Array): Element[] | null {
  const outer = element(data, 0);
  if (outer?.tag !== 0x30) return null;
  const fields = children(data, outer.start, outer.end);
  const version = integer(data, fields[0]);
  const second = fields[1]?.tag;
  const plausible = fields[0]?.tag === 2 && (version === 3 ? second === 0x30 && fields[2]?.tag === 4 : second === 4);
  return plausible && version >= 0 && version <= 3 && version !== 2 && fields.length >= 3 ? fields : null;
}

class SnmpParser implements AppParser {
  readonly #context: AppContext;
  readonly #counts: [number, number] = [0, 0];

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    const fields = fieldsOf(bytes);
    if (fields === null) {
      this.#context.event('snmp.malformed_data', direction);
      return bytes.length;
    }
    const side = new Side('snmp', direction, this.#counts[direction]);
    this.#counts[direction] += 1;
    const version = integer(bytes, fields[0]);
    side.number('snmp.version', version === 3 ? 3 : version + 1);
    if (version === 3) this.#third(side, bytes, fields);
    else {
      side.add('snmp.community', copy(content(bytes, fields[1])));
      side.number('snmp.pdu_type', fields[2]!.tag & 31);
    }
    this.#context.transaction(side.done());
    return bytes.length;
  }

  /** The user of the security model (RFC 3414, 2.4), and the PDU where it is not encrypted. */
  #third(side: Side, data: Uint8Array, fields: readonly Element[]): void {
    const security = element(data, fields[2]!.start, fields[2]!.end);
    const user = security === null ? undefined : children(data, security.start, security.end)[3];
    if (user?.tag === 4) side.add('snmp.usm', copy(content(data, user)));
    const scoped = fields[3];
    if (scoped?.tag !== 0x30) return;
    const pdu = children(data, scoped.start, scoped.end)[2];
    if (pdu !== undefined) side.number('snmp.pdu_type', pdu.tag & 31);
  }

  end(): void {
    // Datagrams are whole.
  }
}

export const snmp: AppProtocol = {
  name: 'snmp',
  transport: 'udp',
  beginsWith: (byte) => byte === 0x30,
  recognise: (bytes) => (fieldsOf(bytes) === null ? 'no' : 'yes'),
  open: (context) => new SnmpParser(context),
};
