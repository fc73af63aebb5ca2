/** Schedules beside the channels that they name. */
import type { ReportSchedule } from '../../../../src-shared/contract/topics/reports.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Kinds } from '../senders.ts';

/** Whether channels of this kind carry documents. */
export function carries(kinds: Kinds, kind: string): boolean {
  return kinds.find(({ id }) => id === kind)?.attaches === true;
}

/** @throws SondeError `bad-request` for a channel that is not there, or that carries no document */
export function checkCarriers(
  { id, name = id, enabled, channels }: Pick<ReportSchedule, 'id' | 'name' | 'enabled' | 'channels'>,
  known: readonly { id: string; name?: string | undefined; kind: string }[],
  kinds: Kinds,
): void {
  const where = `report ${name}`;
  if (enabled && channels.length === 0) {
    throw new SondeError('bad-request', `${where}: names no channel`, where, 'Name one, or switch the report off.');
  }
  for (const channel of channels) {
    const found = known.find((each) => each.id === channel);
    if (!found) {
      const what = `${where}: there is no channel ${channel}`;
      throw new SondeError('bad-request', what, channel, 'Name a channel that is there.');
    }
    if (carries(kinds, found.kind)) continue;
    const able = kinds.filter(({ attaches }) => attaches === true).map(({ title }) => title);
    const what = `${where}: the channel ${found.name ?? channel} carries no documents`;
    throw new SondeError('bad-request', what, channel, `Choose one of these kinds: ${able.join(', ')}.`);
  }
}
