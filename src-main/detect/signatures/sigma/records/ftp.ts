/** ftp.log: logins with their answers; the first file that was fetched and stored, when the flow ends. */
import type { ProtocolMessage } from '../../../../meter/protocols/types.ts';
import { FTP } from '../kinds.ts';
import { orNone, type Desk, type EndedFlow, type Maker } from './maker.ts';

const COMMANDS = [
  ['RETR', 'ftp.retrieved'],
  ['STOR', 'ftp.stored'],
] as const;

export const ftpMaker = (): Maker => ({
  kinds: ['ftp'],
  reads: ['login'],
  message(message: ProtocolMessage, desk: Desk): void {
    if (message.kind !== 'login' || message.protocol !== 'ftp' || message.outcome === 'attempt') return;
    const values = { user: orNone(message.user), command: 'PASS', arg: undefined, reply_code: message.code };
    desk.put(FTP, desk.common(message), values, desk.ends(message));
  },
  ended(flow: EndedFlow, desk: Desk): void {
    const { facts } = flow;
    for (const [command, fact] of COMMANDS) {
      const arg = orNone(facts[fact]);
      if (arg === undefined) continue;
      const values = { user: orNone(facts['ftp.user']), command, arg, reply_code: undefined };
      desk.put(FTP, desk.commonOf(flow), values, desk.endsOf(flow));
    }
  },
});
