import { Button, Checkbox, Popover } from '@mantine/core';
import { FLOW_COLUMNS } from './columns.ts';
import { usualColumns, type Visible } from './use-columns.ts';

export function ColumnChooser({ visible, onChange }: { visible: Visible; onChange(visible: Visible): void }) {
  return (
    <Popover position="bottom-end" withinPortal trapFocus>
      <Popover.Target>
        <Button size="xs" variant="default">
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <fieldset className="columns">
          <legend className="sr-only">Columns that are shown</legend>
          {FLOW_COLUMNS.map(({ id, title }) => (
            <Checkbox
              key={id}
              size="xs"
              label={
                <>
                  {title} <span className="dim">{id}</span>
                </>
              }
              checked={visible[id] ?? false}
              onChange={({ currentTarget }) => onChange({ ...visible, [id]: currentTarget.checked })}
            />
          ))}
        </fieldset>
        <Button mt="sm" size="xs" variant="default" onClick={() => onChange(usualColumns())}>
          As usual
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
