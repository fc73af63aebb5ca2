/** The only user of ipcMain. Whoever asks is checked, then what is asked, before any handler runs. */
import { faultsOf } from '../../../src-shared/contract/dispatch.ts';
import type { z } from '../../../src-shared/contract/schema.ts';
import { envelopeOf } from '../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { ShellAnswer } from '../../../src-shared/shell.ts';
import { bugMessage } from '../api/bugs.ts';
import type { Frame, IpcParts, Sender } from './electron-parts.ts';
import { isOurPage, ORIGIN } from './page.ts';

/** The page's own frame, at the top, at our address. Others have no business here, whatever they know. */
export function ourFrame({ senderFrame }: Sender): Frame | null {
  if (!senderFrame || senderFrame.parent !== null) return null;
  return senderFrame.origin === ORIGIN && isOurPage(senderFrame.url) ? senderFrame : null;
}

function refused(error: unknown): ShellAnswer {
  return { ok: false, error: envelopeOf(error, error instanceof SondeError ? '' : bugMessage(error)) };
}

export class Ipc {
  private readonly ipc: IpcParts;

  constructor(ipc: IpcParts) {
    this.ipc = ipc;
  }

  /** Answers one question with one argument that fits `input`. */
  answer<S extends z.ZodType>(channel: string, input: S, handler: (input: z.output<S>, from: Frame) => unknown): void {
    this.ipc.handle(channel, async (event, ...args): Promise<ShellAnswer> => {
      const frame = ourFrame(event);
      if (!frame)
        return refused(new SondeError('not-allowed', `${channel}: asked by a page that is not the desk`, channel, ''));
      const parsed = input.safeParse(args[0]);
      if (args.length !== 1 || !parsed.success) {
        const why = parsed.success ? 'one argument is taken' : faultsOf(parsed.error);
        return refused(new SondeError('bad-request', `${channel}: ${why}`, channel, ''));
      }
      try {
        return { ok: true, value: (await handler(parsed.data, frame)) ?? null };
      } catch (error) {
        return refused(error);
      }
    });
  }
}
