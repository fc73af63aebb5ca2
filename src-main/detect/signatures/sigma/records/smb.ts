/** smb_files.log and smb_mapping.log: files and pipes that were opened, renamed or deleted, and shares that were connected. */
import type { ProtocolMessage } from '../../../../meter/protocols/types.ts';
import { SMB_FILES, SMB_MAPPING } from '../kinds.ts';
import { orNone, type Desk, type Maker } from './maker.ts';

/** The share that leads to pipes. */
const PIPES = /(?:^|\\)ipc\$$/i;

const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['create', 'SMB::FILE_OPEN'],
  ['rename', 'SMB::FILE_RENAME'],
  ['delete', 'SMB::FILE_DELETE'],
]);

export const smbMaker = (): Maker => ({
  kinds: ['smb_files', 'smb_mapping'],
  reads: ['smb'],
  message(message: ProtocolMessage, desk: Desk): void {
    // What was refused was neither opened nor connected; -1: the answer was not seen.
    if (message.kind !== 'smb' || message.path === '' || (message.status !== 0 && message.status !== -1)) return;
    if (message.command === 'tree-connect') {
      if (!desk.wants('smb_mapping')) return;
      const values = { path: message.path, share_type: PIPES.test(message.path) ? 'PIPE' : 'DISK' };
      desk.put(SMB_MAPPING, desk.common(message), values, desk.ends(message));
      return;
    }
    const action = ACTIONS.get(message.command);
    if (action === undefined || !desk.wants('smb_files')) return;
    const isPipe = message.command === 'create' && PIPES.test(message.share);
    const values = {
      action: isPipe ? 'SMB::PIPE_OPEN' : action,
      path: orNone(message.share),
      name: message.path,
    };
    desk.put(SMB_FILES, desk.common(message), values, desk.ends(message));
  },
});
