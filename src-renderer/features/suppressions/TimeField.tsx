/** Times of day, days of the week and their time zone. */
import { Checkbox, Chip, Group, Select, TextInput } from '@mantine/core';
import { WEEKDAYS, weekdayName, type Weekday } from '../../../src-shared/domain/time-of-day.ts';
import type { TimeDraft } from './draft.ts';

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

export function TimeField({ time, onTime }: { time: TimeDraft; onTime(time: TimeDraft): void }) {
  const set = (change: Partial<TimeDraft>): void => onTime({ ...time, ...change });
  const zones = ZONES.includes(time.zone) ? ZONES : [time.zone, ...ZONES];
  return (
    <div className="time-field">
      <Checkbox
        label="Only what begins at certain times"
        checked={time.on}
        onChange={({ currentTarget }) => set({ on: currentTarget.checked })}
      />
      {time.on ? (
        <>
          <Group align="flex-end">
            <TextInput
              size="xs"
              type="time"
              label="From"
              value={time.from}
              onChange={({ currentTarget }) => set({ from: currentTarget.value })}
            />
            <TextInput
              size="xs"
              type="time"
              label="To (not included)"
              value={time.to}
              onChange={({ currentTarget }) => set({ to: currentTarget.value })}
            />
            <Select
              size="xs"
              label="Time zone"
              searchable
              allowDeselect={false}
              data={zones}
              value={time.zone}
              onChange={(zone) => zone !== null && set({ zone })}
            />
          </Group>
          <Chip.Group multiple value={time.days} onChange={(days) => set({ days: days as Weekday[] })}>
            <Group gap={4} role="group" aria-label="Days on which it begins">
              {WEEKDAYS.map((day) => (
                <Chip key={day} size="xs" value={day}>
                  {weekdayName(day).slice(0, 3)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          <p className="dim">
            By the first packet of the incident and the clock on the wall there. What ends before it begins goes on past
            midnight, and belongs to the day on which it began.
          </p>
        </>
      ) : null}
    </div>
  );
}
