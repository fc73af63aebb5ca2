/** Files over FTP's data connections: what the connection that asked for them said of them. */
import { Collector } from '../bytes.ts';
import { LIMITS } from '../limits.ts';
import type { AppContext, AppParser, AppProtocol } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction, Expected } from '../types.ts';

/** Values of `ftpdata_command`. */
export const COMMANDS: ReadonlyMap<string, number> = new Map([
  ['retr', 1],
  ['stor', 2],
]);

/** Number of its transaction: that of none of the protocol that the bytes may be of as well. */
const BESIDE = -1;

class FtpDataParser implements AppParser {
  readonly #context: AppContext;
  readonly #expected: Expected | undefined;
  readonly #file = new Collector(LIMITS.decoded);
  readonly #told: [boolean, boolean] = [false, false];

  constructor(context: AppContext) {
    this.#context = context;
    this.#expected = context.options.expected;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    if (direction === this.#expected?.sender) this.#file.add(bytes);
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  end(direction: Direction): void {
    if (this.#expected === undefined || this.#told[direction]) return;
    this.#told[direction] = true;
    const { command, file, sender } = this.#expected;
    const side = new Side('ftp-data', direction, BESIDE).number('ftpdata_command', COMMANDS.get(command));
    if (direction === sender) {
      side.add('file_data', this.#file.bytes()).number('filesize', this.#file.total);
      if (file !== '') side.add('file.name', file);
    }
    this.#context.transaction(side.done());
  }
}

export const ftpData: AppProtocol = {
  name: 'ftp-data',
  transport: 'tcp',
  streamBeginsWith: () => false,
  // Known by what another connection said alone.
  recognise: () => 'no',
  open: (context) => new FtpDataParser(context),
};
