/** Frames of SMB: sessions of NetBIOS, messages of versions 1 and 2, and of 3 where they are encrypted or compressed. */
import { equalAt, le32 } from '../bytes.ts';
import { tellParts } from '../frames.ts';
import type { AppContext } from '../protocol.ts';
import type { Direction } from '../types.ts';

const HEADERS = { nbss: 4, smb1: 32, smb2: 64, smb3: 52 } as const;
const COMMANDS_MAX = 64;

type Part = keyof typeof HEADERS;

/** `session`: a message with the four bytes of NetBIOS before it. */
export function tellFrames(context: AppContext, direction: Direction, session: Uint8Array): void {
  tell(context, direction, 'nbss', session);
  const message = session.subarray(HEADERS.nbss);
  if (equalAt(message, 0, '\xffSMB')) tell(context, direction, 'smb1', message);
  else if (equalAt(message, 0, '\xfdSMB')) tell(context, direction, 'smb3', message);
  else if (equalAt(message, 0, '\xfeSMB')) tellCommands(context, direction, message);
}

/** Commands of version 2 may stand one behind the other in one message. */
function tellCommands(context: AppContext, direction: Direction, message: Uint8Array): void {
  let rest = message;
  for (let count = 0; count < COMMANDS_MAX && equalAt(rest, 0, '\xfeSMB'); count += 1) {
    const next = le32(rest, 20);
    tell(context, direction, 'smb2', next > 0 ? rest.subarray(0, next) : rest);
    if (next <= 0 || next >= rest.length) return;
    rest = rest.subarray(next);
  }
}

function tell(context: AppContext, direction: Direction, part: Part, bytes: Uint8Array): void {
  if (bytes.length < HEADERS[part]) return;
  const names = [`smb.${part}.pdu`, `smb.${part}.hdr`, `smb.${part}.data`] as const;
  tellParts(context, direction, names, bytes, HEADERS[part]);
}
