/** Who talks to whom in the chosen time. */
import { useElementSize } from '@mantine/hooks';
import { Button, Select } from '@mantine/core';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { Graph as Shape } from '../../../src-shared/contract/topics/common.ts';
import { Legend, Tip } from '../../components/charts/parts.tsx';
import { HostLink } from '../../components/HostLink.tsx';
import { Risk } from '../../components/Meter.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useCapture } from '../../lib/capture.ts';
import { useAsk } from '../../lib/desk.tsx';
import { bytes, counted, exact } from '../../lib/numbers.ts';
import { go, useParams, useRange, viewAddress } from '../../lib/place.tsx';
import { useScheme } from '../../lib/scheme.ts';
import './graph.css';
import { fit, layOut, nodeAt } from './layout.ts';
import { paint, paletteOf, type View } from './paint.ts';

const LIMITS = ['100', '200', '500', '1000', '2000'];
const LISTED = 100;

/** Changes of the window's shape below this leave the picture as it is. */
const ASPECT_STEP = 0.25;

export default function GraphView() {
  const capture = useCapture();
  const [range] = useRange();
  const [params, setParams] = useParams();
  const limit = LIMITS.includes(params['most'] ?? '') ? Number(params['most']) : 200;
  const question = { capture, filter: '', limit, ...(range ? { range } : {}) };
  const asked = useAsk(
    `graph ${JSON.stringify(question)}`,
    (client, signal) => client.graph.get(question, { signal }),
    { topics: ['captures'], keep: true },
  );
  return (
    <div className="graph">
      <div className="view-head">
        <h1>Graph</h1>
        <div className="view-tools">
          <Select
            size="xs"
            w={208}
            aria-label="Most hosts"
            data={LIMITS.map((value) => ({ value, label: `${value} hosts of most bytes` }))}
            value={String(limit)}
            allowDeselect={false}
            onChange={(most) => setParams({ most: most ?? '' }, true)}
          />
        </div>
      </div>
      <Shown asked={asked} what="the graph" lines={10}>
        {(graph) =>
          graph.nodes.length === 0 ? (
            <Empty title="Nobody talked in this time">Press x to show the whole time again.</Empty>
          ) : (
            <div className="graph-body">
              <Drawing graph={graph} />
              <Riskiest graph={graph} />
            </div>
          )
        }
      </Shown>
    </div>
  );
}

function Riskiest({ graph }: { graph: Shape }) {
  const hosts = [...graph.nodes].sort((a, b) => b.risk - a.risk || b.bytes - a.bytes).slice(0, LISTED);
  return (
    <Panel
      title="Hosts"
      note={`${exact(graph.nodes.length)} of ${counted(graph.nodesTotal, 'host')}, riskiest first`}
      className="graph-hosts"
    >
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Riskiest hosts">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Host</th>
              <th scope="col">Risk</th>
              <th scope="col" className="number">
                Bytes
              </th>
            </tr>
          </thead>
          <tbody>
            {hosts.map(({ address, risk, bytes: sum }) => (
              <tr key={address}>
                <td>
                  <HostLink address={address} />
                </td>
                <td>
                  <Risk risk={risk} />
                </td>
                <td className="number">{bytes(sum)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

interface Over {
  node: number;
  x: number;
  y: number;
}

const ZOOM = 1.25;

function Drawing({ graph }: { graph: Shape }) {
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const shape = height > 0 ? Math.round(width / height / ASPECT_STEP) * ASPECT_STEP : 1.5;
  const aspect = Math.max(0.5, Math.min(3, shape));
  const layout = useMemo(() => layOut(graph, aspect), [graph, aspect]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [moved, setMoved] = useState<View | null>(null);
  const [over, setOver] = useState<Over | null>(null);
  const drag = useRef<{ x: number; y: number; far: boolean } | null>(null);
  const scheme = useScheme();
  const all = useMemo(() => fit(layout.communities.filter(Boolean), width, height), [layout, width, height]);
  const view = moved ?? all;
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0 || height === 0) return;
    const ratio = window.devicePixelRatio;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    paint(context, graph, layout, view, paletteOf(element), over?.node ?? -1, width);
  }, [graph, layout, view, over?.node, width, height, scheme]);

  const zoom = (factor: number, x = width / 2, y = height / 2): void => {
    const scale = Math.max(0.1, Math.min(12, view.scale * factor));
    const by = scale / view.scale;
    setMoved({ scale, x: x - (x - view.x) * by, y: y - (y - view.y) * by });
  };
  const latest = useRef(zoom);
  latest.current = zoom;
  useEffect(() => {
    const element = canvas.current;
    // React listens passively: the page would scroll as well.
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      latest.current(event.deltaY < 0 ? ZOOM : 1 / ZOOM, event.offsetX, event.offsetY);
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, []);
  const place = (event: PointerEvent<HTMLCanvasElement>): { x: number; y: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const move = (event: PointerEvent<HTMLCanvasElement>): void => {
    const at = place(event);
    if (drag.current) {
      const [dx, dy] = [at.x - drag.current.x, at.y - drag.current.y];
      drag.current = { ...at, far: drag.current.far || Math.hypot(dx, dy) > 2 };
      setMoved({ ...view, x: view.x + dx, y: view.y + dy });
      return;
    }
    const node = nodeAt(layout.nodes, (at.x - view.x) / view.scale, (at.y - view.y) / view.scale, 3 / view.scale);
    setOver(node < 0 ? null : { node, ...at });
  };
  const up = (): void => {
    const clicked = drag.current && !drag.current.far ? over : null;
    drag.current = null;
    const host = clicked ? graph.nodes[clicked.node] : undefined;
    if (host) go(viewAddress('hosts', [host.address]));
  };
  const press = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (step) setMoved({ ...view, x: view.x + step[0]!, y: view.y + step[1]! });
    else if (event.key === '+' || event.key === '=') zoom(ZOOM);
    else if (event.key === '-') zoom(1 / ZOOM);
    else if (event.key === 'Escape') setMoved(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const host = over ? graph.nodes[over.node] : undefined;
  return (
    <Panel
      title="Who talks to whom"
      note="size: bytes · squares: ours · discs: hosts that talk mostly among themselves"
      className="graph-panel"
      tools={
        <>
          <Legend
            items={[
              { name: 'high risk', tone: 'high' },
              { name: 'raised', tone: 'raised' },
              { name: 'low', tone: '1' },
              { name: 'none', tone: '2' },
              { name: 'line: anomalous flows', tone: 'anomaly' },
            ]}
          />
          <Button.Group>
            <Button size="compact-xs" variant="default" aria-label="Zoom out" onClick={() => zoom(1 / ZOOM)}>
              −
            </Button>
            <Button size="compact-xs" variant="default" aria-label="Zoom in" onClick={() => zoom(ZOOM)}>
              +
            </Button>
            <Button size="compact-xs" variant="default" disabled={!moved} onClick={() => setMoved(null)}>
              Show all
            </Button>
          </Button.Group>
        </>
      }
    >
      <div ref={ref} className="graph-canvas">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-label={`Graph of ${counted(graph.nodes.length, 'host')} and ${counted(graph.edges.length, 'connection')}. Arrows move, plus and minus zoom, Escape shows all. The table beside it lists the riskiest hosts.`}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            drag.current = { ...place(event), far: false };
          }}
          onPointerMove={move}
          onPointerUp={up}
          onPointerLeave={() => setOver(null)}
          onKeyDown={press}
        />
        {host && over && !drag.current ? (
          <div className="heat-tip" style={{ left: Math.min(over.x + 12, width - 220), top: over.y + 12 }}>
            <Tip
              title={host.address}
              rows={[
                { name: 'risk', value: host.risk.toFixed(2) },
                { name: 'flows', value: exact(host.flows) },
                { name: 'bytes', value: exact(host.bytes) },
              ]}
            />
          </div>
        ) : null}
      </div>
    </Panel>
  );
}
