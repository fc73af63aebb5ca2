import { platform, release } from 'node:os';
import { mayDo } from '../../../../src-shared/contract/define.ts';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { whenCancelled } from '../cancel.ts';
import type { Desk } from '../desk.ts';

export function appHandlers(desk: Desk): DeskHandlers['app'] {
  return {
    version: () => ({ version: VERSION, runtime: `Node ${process.version}`, platform: `${platform()} ${release()}` }),
    health: async () => {
      const uptimeSeconds = (desk.now() - desk.started) / 1000;
      const importsRunning = desk.jobs.active;
      try {
        await Promise.all([desk.store.setting('health'), desk.readers.ask('savedFilters', [])]);
        return { status: 'ok', message: '', importsRunning, uptimeSeconds };
      } catch (error) {
        const message = `the database does not answer: ${error instanceof Error ? error.message : String(error)}`;
        return { status: 'degraded', message, importsRunning, uptimeSeconds };
      }
    },
    session: (_, { caller }) => ({
      user: caller.user,
      role: desk.ofCase === null ? caller.role : 'viewer',
      packets: mayDo(caller.role, 'analyst'),
      host: caller.host,
      paths: desk.paths,
      kept: desk.kept,
      isCase: desk.ofCase !== null,
    }),
    changes: async (_, emit, { signal }) => {
      const end = desk.changes.listen(emit);
      await whenCancelled(signal);
      end();
    },
  };
}
