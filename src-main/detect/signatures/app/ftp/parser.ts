/** FTP (RFC 959, RFC 2428, RFC 4217): commands with their replies. */
import { latin } from '../bytes.ts';
import { usual, type AppContext, type AppParser, type AppProtocol, type Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import { nextLine } from '../text.ts';
import type { AppFlowOptions, Direction, Expected } from '../types.ts';

const LINE_MAX = 4096;
const REPLIES_MAX = 64;
const WAITING_MAX = 64;

interface Asked {
  readonly id: number;
  readonly command: string;
  readonly data: string;
  port: number;
  told: boolean;
}

/** Commands whose file is looked at. */
const FILES: ReadonlyMap<string, Expected['command']> = new Map([
  ['RETR', 'retr'],
  ['STOR', 'stor'],
]);

/** `h1,h2,h3,h4,p1,p2`, and the extended `|af|address|port|`. */
function portOf(text: string): number {
  const old = /\b\d{1,3},\d{1,3},\d{1,3},\d{1,3},(\d{1,3}),(\d{1,3})/.exec(text);
  if (old !== null) return Number(old[1]) * 256 + Number(old[2]);
  const extended = /([!-~])(?:\d*)\1[^|]*\1(\d{1,5})\1/.exec(text);
  return extended === null ? -1 : Number(extended[2]);
}

class FtpParser implements AppParser {
  readonly #context: AppContext;
  readonly #asked: Asked[] = [];
  #replies: string[] = [];
  #count = 0;
  /** A reply of several lines ends with this. */
  #until = '';
  /** Where the next file is to come over. */
  #agreed: { listener: Direction; port: number } | null = null;
  /** The rest of a line too long is passed over. */
  readonly #skipping: [boolean, boolean] = [false, false];

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array, last: boolean): number {
    let at = 0;
    while (at < bytes.length) {
      const line = nextLine(bytes, at, last);
      if (line === null && bytes.length - at <= LINE_MAX) break;
      const long = line === null || line.next - at > LINE_MAX + 2;
      const text = latin(bytes, at, Math.min(at + LINE_MAX, line?.next ?? bytes.length)).replace(/[\r\n]+$/, '');
      if (!this.#skipping[direction]) this.#line(direction, text, long);
      this.#skipping[direction] = line === null;
      at = line?.next ?? bytes.length;
    }
    return at;
  }

  end(direction: Direction): void {
    if (direction === 1 && this.#replies.length > 0) this.#reply();
    for (const asked of this.#asked) this.#tellCommand(asked);
    if (direction === 0) return;
    this.#asked.length = 0;
  }

  #line(direction: Direction, text: string, long: boolean): void {
    if (direction === 0) this.#command(text);
    else this.#server(text);
    if (long) this.#context.event(`ftp.${direction === 0 ? 'request' : 'response'}_command_too_long`, direction);
  }

  #command(text: string): void {
    const command = /^\S+/.exec(text)?.[0].toUpperCase() ?? '';
    if (command === '') return;
    const data = text.slice(command.length).trim();
    const port = command === 'PORT' || command === 'EPRT' ? portOf(data) : -1;
    if (port > 0) this.#agreed = { listener: 0, port };
    this.#file(command, data);
    if (this.#asked.length >= WAITING_MAX) this.#tellCommand(this.#asked.shift()!);
    this.#asked.push({ id: this.#count, command, data, port, told: false });
    this.#count += 1;
  }

  /** A file is asked for, or comes: the connection that it takes is known by now. */
  #file(command: string, name: string): void {
    const word = FILES.get(command);
    if (word === undefined || this.#agreed === null) return;
    const sender = word === 'stor' ? 0 : 1;
    const file = name.slice(name.lastIndexOf('/') + 1);
    this.#context.expect({ protocol: 'ftp-data', ...this.#agreed, sender, command: word, file });
    this.#agreed = null;
  }

  #tellCommand(asked: Asked, isAnswered = false): void {
    if (asked.told) return;
    asked.told = true;
    const side = new Side('ftp', 0, asked.id).add('ftp.command', asked.command);
    if (asked.data !== '') side.add('ftp.command_data', asked.data);
    if (asked.port >= 0) side.number('ftp.dynamic_port', asked.port).number('ftp.mode', ftpMode(asked.command));
    this.#context.transaction(side.number('ftp.reply_received', isAnswered ? 1 : 0).done());
  }

  #server(text: string): void {
    if (this.#replies.length < REPLIES_MAX) this.#replies.push(text);
    const start = /^(\d{3})([ -]|$)/.exec(text);
    if (this.#until === '' && start?.[2] === '-') this.#until = `${start[1]!} `;
    else if (this.#until !== '' ? text.startsWith(this.#until) : start !== null) {
      this.#until = '';
      // 1xx: the reply that counts is still to come.
      if (!text.startsWith('1')) this.#reply();
    }
  }

  /** A reply is whole: both sides of its command can be told. */
  #reply(): void {
    const replies = this.#replies;
    this.#replies = [];
    const asked = this.#asked.shift();
    const code = /^\d{3}/.exec(replies.at(-1) ?? '')?.[0] ?? '';
    if (asked !== undefined && (asked.command === 'PASV' || asked.command === 'EPSV'))
      asked.port = portOf(replies.join(' '));
    if (asked !== undefined && asked.port > 0 && ftpMode(asked.command) === 1)
      this.#agreed = { listener: 1, port: asked.port };
    if (asked !== undefined) this.#tellCommand(asked, true);
    const side = new Side('ftp', 1, asked?.id ?? this.#count++);
    for (const reply of replies) {
      const told = /^(\d{3})[ -]?(.*)$/s.exec(reply);
      side.add('ftp.reply', told?.[2] ?? reply);
      if (told !== null) side.add('ftp.completion_code', told[1]!).number('ftp.completion_code', Number(told[1]));
    }
    if (asked !== undefined && asked.port >= 0)
      side.number('ftp.dynamic_port', asked.port).number('ftp.mode', ftpMode(asked.command));
    this.#context.transaction(side.done());
    if (asked?.command === 'AUTH' && code === '234') this.#context.become('tls');
  }
}

/** 0: active; 1: passive. */
const ftpMode = (command: string): number => (command === 'PASV' || command === 'EPSV' ? 1 : 0);

/** First letters of the commands that tell it on any port. */
const LOGIN_FIRST: ReadonlySet<number> = new Set(Buffer.from('UuPpEe'));

const COMMANDS =
  /^(?:user|pass|acct|cwd|cdup|quit|port|pasv|eprt|epsv|type|retr|stor|list|nlst|syst|feat|opts|auth|pbsz|prot|size|mdtm|mlsd)(?: |\r|\n)/i;

function recognise(bytes: Uint8Array, direction: Direction, options: AppFlowOptions): Verdict {
  const port = usual(options, 21, 2121);
  if (direction === 0 && !port && !LOGIN_FIRST.has(bytes[0]!)) return 'no';
  const text = latin(bytes, 0, 256);
  if (direction === 0) {
    if (/^(?:user|pass|port|eprt) /i.test(text)) return usual(options, 110, 143, 995, 6667) ? 'no' : 'yes';
    if (COMMANDS.test(text)) return port ? 'yes' : 'no';
    return /^[a-z]{0,4}$/i.test(text) && port ? 'more' : 'no';
  }
  if (!/^220(?:[ -]|$)/.test(text)) return text.length < 4 && '220 '.startsWith(text) ? 'more' : 'no';
  return port || /^220[ -][^\r\n]*ftp/i.test(text) ? 'yes' : 'more';
}

export const ftp: AppProtocol = {
  name: 'ftp',
  transport: 'tcp',
  streamBeginsWith: (byte) => /[2a-z]/i.test(String.fromCharCode(byte)),
  recognise,
  open: (context) => new FtpParser(context),
};
