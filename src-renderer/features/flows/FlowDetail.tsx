/** All that is known of one flow. */
import { Button, Modal } from '@mantine/core';
import { HostName } from '../../components/HostLink.tsx';
import { Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { useHostNames } from '../../lib/host-names.ts';
import { go, Link, viewAddress } from '../../lib/place.tsx';
import { usePacketLock } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';
import { shownFacts } from '../../../src-shared/domain/facts.ts';
import type { FlowRow } from '../../../src-shared/contract/topics/flows.ts';
import { labAddress } from '../lab/place.ts';
import { packetsAddress } from '../packets/place.ts';
import { FLOW_COLUMNS, type FlowColumn } from './columns.ts';

export function FlowDetail({ capture, id, onClose }: { capture: number; id: number | null; onClose(): void }) {
  return (
    <Modal opened={id !== null} onClose={onClose} title="Flow" size="xl">
      {id === null ? null : <Detail capture={capture} id={id} onClose={onClose} />}
    </Modal>
  );
}

function Detail({ capture, id, onClose }: { capture: number; id: number; onClose(): void }) {
  const asked = useAsk(`flow ${capture} ${id}`, (client, signal) => client.flows.get({ capture, id }, { signal }));
  return (
    <Shown asked={asked} what="the flow">
      {({ flow, facts, incidents }) => (
        <>
          <dl className="facts flow-facts">
            {FLOW_COLUMNS.map((column) => (
              <Fact
                key={column.id}
                name={column.title}
                id={column.id}
                value={
                  column.host ? (
                    <Host address={column.host(flow)} onGo={onClose} />
                  ) : (
                    <Value column={column} flow={flow} />
                  )
                }
              />
            ))}
          </dl>
          <Facts facts={facts} />
          <PacketsButton capture={capture} id={id} onGo={onClose} />
          <Button
            component="a"
            size="compact-sm"
            variant="default"
            className="flow-score"
            href={labAddress(['record'], { capture: String(capture), flow: String(id) })}
            onClick={onClose}
          >
            Score this flow
          </Button>
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

function PacketsButton({ capture, id, onGo }: { capture: number; id: number; onGo(): void }) {
  const lock = usePacketLock();
  const show = (): void => {
    go(packetsAddress({ flow: id }, capture));
    onGo();
  };
  return (
    <Button size="compact-sm" variant="default" className="flow-score" {...lock} onClick={show}>
      Show its packets
    </Button>
  );
}

/** What was learned of the flow, by protocol. */
function Facts({ facts }: { facts: Readonly<Record<string, string>> }) {
  return shownFacts(facts).map((group) => (
    <section key={group.title} aria-label={group.title}>
      <h3 className="flow-learned">{group.title}</h3>
      <dl className="facts flow-facts">
        {group.facts.map(({ id, name, values }) => (
          <Fact key={id} name={name} id={id} value={<Values values={values} />} />
        ))}
      </dl>
    </section>
  ));
}

function Values({ values }: { values: readonly string[] }) {
  if (values.length === 1) return values[0];
  return (
    <ul className="flow-values">
      {values.map((value) => (
        <li key={value}>{value}</li>
      ))}
    </ul>
  );
}

function Fact({ name, id, value }: { name: string; id: string; value: React.ReactNode }) {
  return (
    <>
      <dt>
        {name === '' ? null : <span className="fact-name">{name} </span>}
        {id}
      </dt>
      <dd>{value}</dd>
    </>
  );
}

/** As in the table, with what the table keeps for its tooltip. */
function Value({ column, flow }: { column: FlowColumn; flow: FlowRow }) {
  const zone = useZone();
  const text = column.text(flow, zone);
  const full = column.full?.(flow) ?? text;
  if (text === '') return '–';
  const said = full.startsWith(`${text}: `) ? full.slice(text.length + 2) : full;
  // "34 B" and "34" are the same to the digit.
  return said === text || text.startsWith(`${said} `) ? (
    text
  ) : (
    <>
      {text} <span className="dim">{said}</span>
    </>
  );
}

function Host({ address, onGo }: { address: string; onGo(): void }) {
  const names = useHostNames([address]);
  return (
    <span className="host-named">
      <Link to={viewAddress('hosts', [address])} onClick={onGo}>
        {address}
      </Link>
      <HostName name={names.get(address)} />
    </span>
  );
}
