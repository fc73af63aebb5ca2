/** What the filter lets through, in sum; and its export. */
import { Button, Menu } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct, useAsk, type Asked } from '../../lib/desk.tsx';
import { download } from '../../lib/download.ts';
import { go, viewAddress } from '../../lib/place.tsx';
import { useLock, usePacketLock } from '../../lib/role.ts';
import { bytes, counted, exact } from '../../lib/numbers.ts';
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { AnonymiseDialog } from '../anonymise/AnonymiseDialog.tsx';
import type { FlowSelection } from './Flows.tsx';

export type FlowTotals = Output<(typeof contract)['flows']['totals']>;

export function useTotals(selection: FlowSelection): Asked<FlowTotals> {
  return useAsk(`totals ${JSON.stringify(selection)}`, (client, signal) => client.flows.totals(selection, { signal }), {
    topics: ['captures'],
  });
}

interface TotalsProps {
  selection: FlowSelection;
  tools: ReactNode;
  onDropIncident(): void;
}

export function Totals({ selection, tools, onDropIncident }: TotalsProps) {
  const { data, error, loading, reload } = useTotals(selection);
  if (error && !loading) return <ErrorNote error={error} retry={reload} />;
  return (
    <div className="flow-bar">
      <span role="status">
        {data ? (
          <>
            <strong>{counted(data.flows, 'flow')}</strong>
            <span title={`${exact(data.origBytes)} bytes`}> · sent {bytes(data.origBytes)}</span>
            <span title={`${exact(data.respBytes)} bytes`}> · received {bytes(data.respBytes)}</span>
            <span> · {counted(data.packets, 'packet')}</span>
            <span> · {exact(data.anomalous)} anomalous</span>
          </>
        ) : (
          <span className="dim">Counting …</span>
        )}
      </span>
      {selection.incident === undefined ? null : (
        <span className="range-chip">
          flows of one incident
          <button type="button" aria-label="Show the flows of all incidents" onClick={onDropIncident}>
            ×
          </button>
        </span>
      )}
      <div className="flow-bar-tools">
        {tools}
        <Export selection={selection} />
      </div>
    </div>
  );
}

/** An incident's flows have their time themselves. */
function packetParams({ filter, incident }: FlowSelection): Record<string, string> {
  return { q: filter, ...(incident === undefined ? {} : { incident, t: '' }) };
}

function Export({ selection }: { selection: FlowSelection }) {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const lock = usePacketLock();
  const change = useLock();
  const [anonymising, setAnonymising] = useState(false);
  const flows = (format: 'csv' | 'ndjson'): void =>
    void act(async (client) => {
      const file = await client.exports.flows({ ...selection, format });
      await download(file);
      tell(`${file.name}: ${counted(file.flows, 'flow')}.`);
    });
  const packets = (): void =>
    void act(async (client) => {
      const file = await client.exports.packets(selection);
      await download(file);
      tell(`${file.name}: ${counted(file.packets, 'packet')} of ${counted(file.flows, 'flow')}.`);
    });
  return (
    <>
      {error ? <ErrorNote error={error} /> : null}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button {...lock} size="xs" variant="default" loading={busy}>
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => flows('csv')}>These flows as CSV</Menu.Item>
          <Menu.Item onClick={() => flows('ndjson')}>These flows as JSON, one a line</Menu.Item>
          <Menu.Item onClick={packets}>Their packets as pcapng</Menu.Item>
          <Menu.Item {...change} onClick={() => setAnonymising(true)}>
            Their packets, anonymised …
          </Menu.Item>
          <Menu.Item onClick={() => go(viewAddress('packets', [], packetParams(selection)))}>
            Show their packets
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <AnonymiseDialog
        selection={selection}
        what="The packets of these flows"
        open={anonymising}
        onClose={() => setAnonymising(false)}
      />
    </>
  );
}
