import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAsk } from '../../lib/desk.tsx';
import { bytes, counted, exact, score } from '../../lib/numbers.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import { packetsAddress } from '../packets/place.ts';

const SHOWN = 10;

export const NOT_KEPT = 'Flows that sensors of a fleet saw are not kept on the desk.';

/** The most unusual of its flows, or the first where flows were not judged; the flow table has all. */
export function IncidentFlows({
  capture,
  uid,
  kept,
  total,
  ofFleet,
  scored,
}: {
  capture: number;
  uid: string;
  kept: number;
  total: number;
  /** Sensors saw it, and not this machine. */
  ofFleet: boolean;
  /** Whether flows of the capture were judged: else their scores are left out. */
  scored: boolean;
}) {
  const zone = useZone();
  const order = scored ? ({ sort: 'score', descending: true } as const) : ({ sort: 'ts', descending: false } as const);
  const asked = useAsk(`incident flows ${capture} ${uid} ${order.sort}`, (client, signal) =>
    client.flows.page({ capture, incident: uid, ...order, limit: SHOWN }, { signal }),
  );
  const note = total > kept ? `${exact(kept)} of ${counted(total, 'flow')} are kept with it` : counted(total, 'flow');
  return (
    <Panel
      title="Flows"
      note={`${note}, ${scored ? 'most unusual' : 'earliest'} first`}
      tools={<Link to={viewAddress('flows', [], { incident: uid, t: '' })}>All in the flow table</Link>}
    >
      <Shown asked={asked} what="the flows">
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty title="No flows">{ofFleet ? NOT_KEPT : 'It was seen in packets that make no flows.'}</Empty>
          ) : (
            <div className="table-scroll">
              <table className="table">
                <thead>
                  <tr>
                    {['Began', 'Originator', 'Responder', 'Protocol', 'Application', 'State', 'Packets'].map((name) => (
                      <th key={name} scope="col">
                        {name}
                      </th>
                    ))}
                    {['Sent', 'Received', ...(scored ? ['Score'] : [])].map((name) => (
                      <th key={name} scope="col" className="number">
                        {name}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((flow) => (
                    <tr key={flow.id}>
                      <td className="nowrap">{dateTime(flow.ts, zone)}</td>
                      <td className="nowrap">
                        {flow.origH}:{flow.origP}
                      </td>
                      <td className="nowrap">
                        {flow.respH}:{flow.respP}
                      </td>
                      <td>{flow.proto}</td>
                      <td>{flow.app}</td>
                      <td title={flow.history}>{flow.connState}</td>
                      <td>
                        <Link to={packetsAddress({ flow: flow.id }, capture)}>
                          {exact(flow.origPkts + flow.respPkts)}
                        </Link>
                      </td>
                      <td className="number">{flow.origBytes === null ? '–' : bytes(flow.origBytes)}</td>
                      <td className="number">{flow.respBytes === null ? '–' : bytes(flow.respBytes)}</td>
                      {scored ? <td className="number">{flow.score === null ? '–' : score(flow.score)}</td> : null}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Shown>
    </Panel>
  );
}
