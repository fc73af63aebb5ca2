/** At which hours a route works. */
import { Chip, Select, Switch, TextInput } from '@mantine/core';
import { ZONES } from '../zones.ts';
import type { RouteDraft, RouteFaults } from './draft.ts';
import { DAYS, hoursText } from './words.ts';

const LONG = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

interface HoursProps {
  draft: RouteDraft;
  faults: RouteFaults;
  onChange(part: Partial<RouteDraft>): void;
}

export function HoursFields({ draft: { timed, hours }, faults, onChange }: HoursProps) {
  return (
    <div className="setting">
      <div>
        <h3>Hours</h3>
        <p className="dim">At other hours it is as if the route were not there; nothing is sent later.</p>
      </div>
      <div className="setting-value alert-hours">
        <Switch
          size="xs"
          aria-label="Only at certain hours"
          label={timed ? 'only at these hours' : 'at any hour'}
          checked={timed}
          onChange={({ currentTarget }) => onChange({ timed: currentTarget.checked })}
        />
        {timed ? <Times hours={hours} faults={faults} onHours={(next) => onChange({ hours: next })} /> : null}
      </div>
    </div>
  );
}

type Hours = RouteDraft['hours'];

function Times({ hours, faults, onHours }: { hours: Hours; faults: RouteFaults; onHours(hours: Hours): void }) {
  const time = (name: 'from' | 'to', label: string) => (
    <TextInput
      size="xs"
      type="time"
      label={label}
      value={hours[name]}
      onChange={({ currentTarget }) => onHours({ ...hours, [name]: currentTarget.value.slice(0, 5) })}
    />
  );
  const fault = faults.days ?? faults.times;
  return (
    <>
      <div className="alert-days" role="group" aria-label="Days">
        {DAYS.map((day, at) => (
          <Chip
            key={day}
            size="xs"
            aria-label={LONG[at]}
            checked={hours.days.includes(at + 1)}
            onChange={(on) =>
              onHours({ ...hours, days: on ? [...hours.days, at + 1] : hours.days.filter((each) => each !== at + 1) })
            }
          >
            {day}
          </Chip>
        ))}
      </div>
      <div className="alert-times">
        {time('from', 'From')}
        {time('to', 'To')}
        <Select
          size="xs"
          label="Time zone"
          searchable
          allowDeselect={false}
          data={ZONES}
          value={hours.timeZone}
          onChange={(timeZone) => timeZone !== null && onHours({ ...hours, timeZone })}
        />
      </div>
      <p className="dim" role={fault === undefined ? undefined : 'alert'}>
        {fault ?? `${hoursText(hours).replace(/^./, (first) => first.toUpperCase())}.`}
      </p>
    </>
  );
}
