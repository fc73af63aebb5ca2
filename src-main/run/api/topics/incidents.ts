import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { isZone } from '../../../../src-shared/domain/time-of-day.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Desk } from '../desk.ts';

export function incidentHandlers(desk: Desk): DeskHandlers['incidents'] {
  const { readers, store } = desk;
  return {
    list: (input, { signal }) => readers.ask('listIncidents', [input], signal),
    get: (input, { signal }) => readers.ask('getIncident', [input], signal),
    setStatus: async ({ capture, uid, status, note }, { caller }) => {
      const known = await store.setIncidentStatus(capture, uid, { at: desk.now(), user: caller.user, status, note });
      if (!known)
        throw new SondeError('not-found', 'this incident is no longer there', uid, 'Choose another one from the list.');
      const row = await readers.ask('incidentRowOf', [capture, uid]);
      await desk.audit(caller.user, 'status', row.title, note === '' ? status : `${status}: ${note}`);
      desk.changes.tell({ what: 'incidents', capture });
      return row;
    },
    graph: ({ capture, uid, limit }, { signal }) =>
      readers.ask('graphOf', [{ capture, filter: '', incident: uid }, limit], signal),
    alarmRate: async (input, { signal }) => {
      if (!isZone(input.zone)) {
        const message = `${input.zone} is not a time zone`;
        throw new SondeError('bad-request', message, 'zone', 'Write for example Europe/Berlin or UTC.');
      }
      return readers.ask('alarmRate', [input], signal);
    },
    visit: async (_, { caller }) => {
      const key = `visit ${caller.user}`;
      const previous = await store.setting(key);
      await store.setSetting(key, desk.now());
      return { previous: typeof previous === 'number' ? previous : null };
    },
  };
}
