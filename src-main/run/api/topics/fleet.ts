import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { whenCancelled } from '../cancel.ts';
import type { Desk } from '../desk.ts';

export function fleetHandlers({ fleet }: Desk): DeskHandlers['fleet'] {
  return {
    state: () => ({ fleet: fleet?.state() ?? null }),
    watch: async (_, emit, { signal }) => {
      const end = fleet?.listen((state) => emit({ fleet: state }));
      emit({ fleet: fleet?.state() ?? null });
      await whenCancelled(signal);
      end?.();
    },
  };
}
