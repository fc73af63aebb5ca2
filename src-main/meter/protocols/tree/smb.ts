/** SMB 2 and 3 (MS-SMB2) directly over TCP: its head, and the remote calls that pipes carry. Older SMB and what is encrypted stay data. */
import { startsWith } from '../bytes.ts';
import { isRpc } from './dcerpc.ts';
import { hexText, named, type Next, type Part } from './part.ts';

const FRAMING = 4;
const HEADER = 64;
const MAGIC = '\xfeSMB';
const RESPONSE = 1;
const ASYNC = 2;
/** FSCTL_PIPE_TRANSCEIVE: a call and its answer in one. */
const TRANSCEIVE = 0x0011c017;

const READ = 8;
const WRITE = 9;
const IOCTL = 11;
const COMMANDS: Readonly<Record<number, string>> = {
  0: 'negotiate',
  1: 'session setup',
  2: 'log off',
  3: 'tree connect',
  4: 'tree disconnect',
  5: 'create',
  6: 'close',
  7: 'flush',
  [READ]: 'read',
  [WRITE]: 'write',
  10: 'lock',
  [IOCTL]: 'control',
  12: 'cancel',
  13: 'echo',
  14: 'query directory',
  15: 'change notify',
  16: 'query information',
  17: 'set information',
  18: 'oplock break',
};

const wide = (bytes: Uint8Array): string => Buffer.from(bytes).readBigUInt64LE().toString();
const wideHex = (bytes: Uint8Array): string =>
  `0x${Buffer.from(bytes).readBigUInt64LE().toString(16).padStart(16, '0')}`;

/** Whether a message behind its length begins here. */
export function isSmb(part: Part): boolean {
  return part.left >= FRAMING + MAGIC.length && part.peek(1) === 0 && begins(part, FRAMING);
}

const begins = (part: Part, ahead: number): boolean => startsWith(part.bytes, part.at + ahead, part.end, MAGIC);

/** RFC 1002 4.3.1, as MS-SMB2 2.1 has it: a length stands before each message. */
export function smbFraming(part: Part): Next | null {
  part.number('nbss.type', 'Type', 1);
  const length = part.number('nbss.length', 'Length', 3);
  if (length > part.left) part.note = 'The message goes on in another packet.';
  part.end = Math.min(part.end, part.at + length);
  return part.rest(begins(part, 0) ? 'smb2' : 'data');
}

/** Where the bytes of a pipe stand behind the head, from the message's first byte; null: this command carries none. */
function carried(part: Part, command: number, isAnswer: boolean): { at: number; size: number } | null {
  const near = (at: number, size: number): number => part.peek(size, at, true);
  // By its size: what failed is answered by another structure.
  const structure = `${command} ${near(0, 2)}`;
  if (structure === `${WRITE} 49` && !isAnswer) return { at: near(2, 2), size: near(4, 4) };
  if (structure === `${READ} 17` && isAnswer) return { at: near(2, 1), size: near(4, 4) };
  if (structure !== `${IOCTL} ${isAnswer ? 49 : 57}` || near(4, 4) !== TRANSCEIVE) return null;
  return isAnswer ? { at: near(32, 4), size: near(36, 4) } : { at: near(24, 4), size: near(28, 4) };
}

function head(part: Part): { command: number; isAnswer: boolean } {
  part.hex('smb2.protocol_id', 'Protocol', 4);
  part.little('smb2.header_len', 'Length of the header', 2);
  part.little('smb2.credit.charge', 'Credits it takes', 2);
  const isAnswer = (part.peek(4, 8, true) & RESPONSE) !== 0;
  if (isAnswer) part.little('smb2.nt_status', 'Status', 4, (v) => hexText(v, 8));
  else {
    part.little('smb2.channel_sequence', 'Channel', 2);
    part.take('smb2.reserved', 'Reserved', 2);
  }
  const command = part.little('smb2.cmd', 'Command', 2, named(COMMANDS));
  part.little(isAnswer ? 'smb2.credits.granted' : 'smb2.credits.requested', 'Credits', 2);
  const flags = part.little('smb2.flags', 'Flags', 4, (v) => hexText(v, 8));
  if (part.little('smb2.chain_offset', 'Next command', 4) > 0)
    part.note = 'Others follow in the same message; only the first is read.';
  part.take('smb2.msg_id', 'Message', 8, wide);
  if ((flags & ASYNC) !== 0) part.take('smb2.aid', 'Answered later as', 8, wideHex);
  else {
    part.little('smb2.pid', 'Process', 4, (v) => hexText(v, 8));
    part.little('smb2.tid', 'Tree', 4, (v) => hexText(v, 8));
  }
  part.take('smb2.sesid', 'Session', 8, wideHex);
  part.take('smb2.signature', 'Signature', 16);
  return { command, isAnswer };
}

export function smb2(part: Part): Next | null {
  const start = part.at;
  part.need(HEADER);
  const { command, isAnswer } = head(part);
  part.summary = `SMB ${COMMANDS[command] ?? `command ${command}`}${isAnswer ? ' answered' : ''}`;
  if (part.left === 0) return null;
  const pipe = carried(part, command, isAnswer);
  const from = start + (pipe?.at ?? 0);
  // Lengths and places are the sender's: they may lie before what was read, or beyond the end.
  if (!pipe || from < part.at || from >= part.end) return part.rest('data');
  const behind = part.at;
  part.at = from;
  if (isRpc(part)) {
    part.about('smb2.fixed', 'What is asked', behind, from, `${from - behind} bytes`);
    return { id: 'dcerpc', from, to: Math.min(part.end, from + pipe.size) };
  }
  part.at = behind;
  return part.rest('data');
}
