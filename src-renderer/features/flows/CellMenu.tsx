import { Menu } from '@mantine/core';
import type { FlowRow } from '../../../src-shared/contract/topics/flows.ts';
import { useTell } from '../../components/toast.tsx';
import { copyText } from '../../lib/clipboard.ts';
import { go, viewAddress } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import type { FlowColumn } from './columns.ts';
import { excluding, including } from './compose.ts';

export interface CellAt {
  flow: FlowRow;
  column: FlowColumn;
  x: number;
  y: number;
}

interface CellMenuProps {
  at: CellAt | null;
  filter: string;
  onFilter(filter: string): void;
  onClose(): void;
}

export function CellMenu({ at, filter, onFilter, onClose }: CellMenuProps) {
  const zone = useZone();
  const tell = useTell();
  if (!at) return null;
  const { flow, column } = at;
  const test = column.test?.(flow) ?? null;
  const value = column.value?.(flow) ?? column.full?.(flow) ?? column.text(flow, zone);
  const copy = async (text: string): Promise<void> =>
    tell((await copyText(text)) ? `${text} copied.` : 'The browser does not allow copying here.');
  const hosts = column.host ? [column.host(flow)] : [flow.origH, flow.respH];
  return (
    <Menu opened onClose={onClose} position="bottom-start" width={300} returnFocus>
      <Menu.Target>
        <button
          type="button"
          className="cell-menu-at"
          tabIndex={-1}
          aria-label="What can be done with the value"
          style={{ left: at.x, top: at.y }}
        />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label role="presentation">{test ?? column.id}</Menu.Label>
        <Menu.Item disabled={test === null} onClick={() => test !== null && onFilter(including(filter, test))}>
          Include: only flows with it
        </Menu.Item>
        <Menu.Item disabled={test === null} onClick={() => test !== null && onFilter(excluding(filter, test))}>
          Exclude: only flows without it
        </Menu.Item>
        <Menu.Item disabled={value === ''} onClick={() => void copy(value)}>
          Copy the value
        </Menu.Item>
        <Menu.Divider role="separator" />
        {hosts.map((host) => (
          <Menu.Item key={host} onClick={() => go(viewAddress('hosts', [host]))}>
            Go to host {host}
          </Menu.Item>
        ))}
        <Menu.Item onClick={() => onFilter(including('', `host == ${flow.origH} && host == ${flow.respH}`))}>
          Only flows between the two
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
