import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { completeFilter, writtenValue } from '../../../../src-shared/domain/filter/complete.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { whenCancelled } from '../cancel.ts';
import type { Desk } from '../desk.ts';
import { withPlaces } from '../enrichment/open-places.ts';

/** Between two words about a walk, ms. */
const WALK_MS = 200;

export function flowHandlers(desk: Desk): DeskHandlers['flows'] {
  const { readers, store } = desk;
  return {
    page: async (input, { signal }) => {
      const { rows, next } = await readers.ask('flowPage', [input], signal);
      return { rows: await withPlaces(desk, rows), next };
    },
    walk: async ({ capture }, emit, { signal }) => {
      const flows = (await readers.ask('listCaptures', [], signal)).find(({ id }) => id === capture)?.flows ?? 0;
      const timer = setInterval(() => {
        const rows = readers.walked('flowPage', capture);
        if (rows > 0) emit({ rows: Math.min(rows, flows), of: flows });
      }, WALK_MS);
      await whenCancelled(signal);
      clearInterval(timer);
    },
    totals: (input, { signal }) => readers.ask('flowTotals', [input], signal),
    get: (input, { signal }) => readers.ask('getFlow', [input], signal),
    complete: async ({ capture, text, position }, { signal }) => {
      const { from, to, prefix, field, items } = completeFilter(text, position);
      const values = field ? await readers.ask('fieldValues', [capture, field.name, prefix], signal) : [];
      const known = new Set(items.map((i) => i.text));
      const found = values
        .map(({ value, flows }) => ({
          text: writtenValue(value),
          kind: 'value' as const,
          help: flows > 0 ? `${flows.toLocaleString('en-US')} flows` : '',
        }))
        .filter((v) => !known.has(v.text));
      return { from, to, items: [...found, ...items] };
    },
    savedFilters: async (_, { signal }) => ({ filters: await readers.ask('savedFilters', [], signal) }),
    saveFilter: async ({ name, filter }, { caller }) => {
      await store.saveFilter(name, filter, desk.now());
      await desk.audit(caller.user, 'filter', name, `saved: ${filter}`);
      desk.changes.tell({ what: 'filters', capture: null });
      return {};
    },
    removeFilter: async ({ name }, { caller }) => {
      if (!(await store.removeFilter(name)))
        throw new SondeError('not-found', `there is no saved filter ${name}`, name, '');
      await desk.audit(caller.user, 'filter', name, 'removed');
      desk.changes.tell({ what: 'filters', capture: null });
      return {};
    },
  };
}
