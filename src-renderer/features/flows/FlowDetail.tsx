/** All that is known of one flow. */
import { Modal } from '@mantine/core';
import { Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { Link, viewAddress } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import { FLOW_COLUMNS } from './columns.ts';

export function FlowDetail({ capture, id, onClose }: { capture: number; id: number | null; onClose(): void }) {
  return (
    <Modal opened={id !== null} onClose={onClose} title="Flow" size="lg">
      {id === null ? null : <Detail capture={capture} id={id} onClose={onClose} />}
    </Modal>
  );
}

function Detail({ capture, id, onClose }: { capture: number; id: number; onClose(): void }) {
  const zone = useZone();
  const asked = useAsk(`flow ${capture} ${id}`, (client, signal) => client.flows.get({ capture, id }, { signal }));
  return (
    <Shown asked={asked} what="the flow">
      {({ flow, facts, incidents }) => (
        <>
          <dl className="facts">
            {FLOW_COLUMNS.map((column) => (
              <Fact
                key={column.id}
                name={column.id}
                value={
                  column.host ? <Host address={column.host(flow)} onGo={onClose} /> : column.text(flow, zone) || '–'
                }
              />
            ))}
            {Object.entries(facts).map(([name, value]) => (
              <Fact key={`fact ${name}`} name={name} value={value} />
            ))}
          </dl>
          {incidents.map((uid) => (
            <p key={uid}>
              <Link to={viewAddress('incidents', [uid])} onClick={onClose}>
                Part of an incident
              </Link>
            </p>
          ))}
        </>
      )}
    </Shown>
  );
}

function Fact({ name, value }: { name: string; value: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Host({ address, onGo }: { address: string; onGo(): void }) {
  return (
    <Link to={viewAddress('hosts', [address])} onClick={onGo}>
      {address}
    </Link>
  );
}
