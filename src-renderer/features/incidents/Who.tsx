import { useElementSize } from '@mantine/hooks';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { useHostNames } from '../../lib/host-names.ts';
import { bytes, counted, exact } from '../../lib/numbers.ts';
import { viewAddress } from '../../lib/place.tsx';
import { riskLevel } from '../../lib/severity.ts';
import { NOT_KEPT } from './IncidentFlows.tsx';
import { layOutWho, type Placed, type WhoLayout } from './who.ts';

const MOST = 12;
/** Before the window is measured, and on paper. */
const USUAL_WIDTH = 480;
/** What an address takes beside the line; longer ones are cut. */
const LABEL = 168;

export function Who({ capture, uid, ofFleet }: { capture: number; uid: string; ofFleet: boolean }) {
  const asked = useAsk(`who ${capture} ${uid}`, (client, signal) =>
    client.incidents.graph({ capture, uid, limit: 100 }, { signal }),
  );
  return (
    <Panel title="Who talked to whom" note="thicker: more bytes; orange line: anomalous; dot: risk">
      <Shown asked={asked} what="the graph">
        {(graph) =>
          graph.edges.length === 0 ? (
            <Empty title="No flows to draw">
              {ofFleet ? NOT_KEPT : 'This incident was seen in packets that make no flows, such as ARP.'}
            </Empty>
          ) : (
            <Drawing layout={layOutWho(graph, MOST)} />
          )
        }
      </Shown>
    </Panel>
  );
}

function Drawing({ layout }: { layout: WhoLayout }) {
  const { left, right, edges, height, leftMore, rightMore } = layout;
  const names = useHostNames([...left, ...right].map(({ address }) => address));
  const { ref, width: seen } = useElementSize<HTMLDivElement>();
  const width = seen > 0 ? seen : USUAL_WIDTH;
  const label = Math.min(LABEL, width * 0.4);
  const [from, to] = [label, width - label];
  const most = Math.max(1, ...edges.map((edge) => edge.bytes));
  const foot = leftMore > 0 || rightMore > 0 ? 24 : 0;
  return (
    <div ref={ref}>
      <svg className="who" viewBox={`0 0 ${width} ${height + foot}`} role="group" aria-label="Who talked to whom">
        {edges.map(({ from: a, to: b, flows, bytes: sent, anomalous }) => (
          <line
            key={`${a.node} ${b.node}`}
            x1={from}
            y1={a.y}
            x2={to}
            y2={b.y}
            className={anomalous > 0 ? 'who-anomalous' : ''}
            strokeWidth={1 + 4 * (Math.log1p(sent) / Math.log1p(most))}
          >
            <title>{`${a.address} to ${b.address}: ${counted(flows, 'flow')}, ${bytes(sent)}, ${exact(anomalous)} anomalous`}</title>
          </line>
        ))}
        {left.map((placed) => (
          <Host key={placed.node} placed={placed} name={names.get(placed.address)} x={from} anchor="end" />
        ))}
        {right.map((placed) => (
          <Host key={placed.node} placed={placed} name={names.get(placed.address)} x={to} anchor="start" />
        ))}
        {leftMore > 0 ? (
          <text className="who-more" x={from - 10} y={height + 16} textAnchor="end">
            and {exact(leftMore)} more
          </text>
        ) : null}
        {rightMore > 0 ? (
          <text className="who-more" x={to + 10} y={height + 16}>
            and {exact(rightMore)} more
          </text>
        ) : null}
      </svg>
    </div>
  );
}

const LONGEST = 24;

interface HostProps {
  placed: Placed;
  name: string | undefined;
  x: number;
  anchor: 'start' | 'end';
}

function Host({ placed, name = '', x, anchor }: HostProps) {
  const { address, risk, y } = placed;
  const said = name === '' ? address : name;
  const shown = said.length > LONGEST ? `${said.slice(0, LONGEST - 1)}…` : said;
  return (
    <a href={viewAddress('hosts', [address])}>
      <title>{`${name === '' ? '' : `${name}, `}${address}, risk ${risk.toFixed(2)}`}</title>
      <circle cx={x} cy={y} r="5" className={`who-${riskLevel(risk)}`} />
      <text x={anchor === 'end' ? x - 10 : x + 10} y={y + 4} textAnchor={anchor}>
        {shown}
      </text>
    </a>
  );
}
