/** The smaller panels of a live session. */
import { Bar as ChartBar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { LiveTickShown } from '../../../src-shared/contract/topics/live.ts';
import { kindOf, type IncidentKind, type Severity } from '../../../src-shared/domain/incident.ts';
import { SIZE_CLASSES } from '../../../src-shared/domain/packet-sizes.ts';
import { AXIS_RIGHT, datumOf, Tip } from '../../components/charts/parts.tsx';
import { Bar } from '../../components/Meter.tsx';
import { Panel } from '../../components/Panel.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { ShareList } from '../../components/ShareList.tsx';
import { Empty } from '../../components/states.tsx';
import { brief, bytes, exact } from '../../lib/numbers.ts';
import { WORST_FIRST } from '../../lib/severity.ts';
import { ofPackets } from './span.ts';
import type { LiveState } from './state.ts';

const TONES = { critical: 'high', warning: 'raised', info: 'low' } as const;
const KINDS_SHOWN = 8;
const ROWS_SHOWN = 8;

export function SeverityPanel({ state: { incidents } }: { state: LiveState }) {
  const counts = Object.fromEntries(WORST_FIRST.map((s) => [s, 0])) as Record<Severity, number>;
  for (const { incident } of incidents) counts[incident.severity]++;
  const most = Math.max(1, ...Object.values(counts));
  return (
    <Panel title="Severities" note="incidents of this session" className="live-severities">
      <ul className="live-severity-rows">
        {WORST_FIRST.map((severity) => (
          <li key={severity}>
            <SeverityMark severity={severity} word />
            <Bar share={counts[severity] / most} tone={TONES[severity]} />
            <span className="number">{exact(counts[severity])}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function Kinds({ state: { incidents } }: { state: LiveState }) {
  const counts = new Map<IncidentKind, { count: number; severity: Severity }>();
  for (const { incident } of incidents) {
    const known = counts.get(incident.kind);
    if (!known) counts.set(incident.kind, { count: 1, severity: incident.severity });
    else known.count++;
  }
  const rows = [...counts].sort(
    ([, a], [, b]) => b.count - a.count || WORST_FIRST.indexOf(a.severity) - WORST_FIRST.indexOf(b.severity),
  );
  return (
    <Panel title="Top kinds" note="incidents of this session" className="live-third">
      {rows.length === 0 ? (
        <Empty title="No kinds to show">There are no incidents so far.</Empty>
      ) : (
        <ol className="live-kind-rows">
          {rows.slice(0, KINDS_SHOWN).map(([kind, { count, severity }]) => (
            <li key={kind}>
              <SeverityMark severity={severity} />
              <span>{kindOf(kind).title}</span>
              <span className="number">{exact(count)}</span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

export function Talkers({ state: { tick, session } }: { state: LiveState }) {
  const talkers = tick?.talkers ?? [];
  return (
    <Panel title="Top talkers" note={`bytes of the last minutes${ofPackets(session)}`} className="live-third">
      {talkers.length === 0 ? (
        <Empty title="Nobody talked in this time" />
      ) : (
        <ShareList
          label="Top talkers"
          shares={talkers.slice(0, ROWS_SHOWN).map(({ address, bytesOut, bytesIn }) => ({
            key: address,
            label: address,
            value: bytesOut + bytesIn,
            text: bytes(bytesOut + bytesIn),
            title: `${address}: ${exact(bytesOut)} bytes sent, ${exact(bytesIn)} received`,
          }))}
        />
      )}
    </Panel>
  );
}

export function Protocols({ state: { tick, session } }: { state: LiveState }) {
  const protocols = tick?.protocols ?? [];
  return (
    <Panel
      title="Protocols"
      note={`bytes of flows that ended in the last minutes${ofPackets(session)}`}
      className="live-third"
    >
      {protocols.length === 0 ? (
        <Empty title="No flow has ended yet">What a flow was is known best when it is over.</Empty>
      ) : (
        <ShareList
          label="Protocols"
          shares={protocols.slice(0, ROWS_SHOWN).map(({ name, bytes: size }) => ({
            key: name,
            label: name,
            value: size,
            text: bytes(size),
            title: `${name}: ${exact(size)} bytes`,
          }))}
        />
      )}
    </Panel>
  );
}

/** Seconds over which packet sizes are summed: one alone flickers. */
const SIZE_SECONDS = 60;

interface Size {
  name: string;
  packets: number;
  share: number;
}

export function Sizes({ state: { points } }: { state: LiveState }) {
  const sums = SIZE_CLASSES.map(() => 0);
  for (const { sizes } of points.slice(-SIZE_SECONDS)) sizes.forEach((count, i) => (sums[i]! += count));
  const total = sums.reduce((sum, count) => sum + count, 0);
  const data: Size[] = SIZE_CLASSES.map((from, i) => {
    const to = SIZE_CLASSES[i + 1];
    const packets = sums[i] ?? 0;
    return {
      name: to === undefined ? `${from}+` : to - 1 === from ? String(from) : `${from}–${to - 1}`,
      packets,
      share: total > 0 ? packets / total : 0,
    };
  });
  return (
    <Panel title="Packet sizes" note="bytes on the wire, the last minute" className="live-third">
      {total === 0 ? (
        <Empty title="No packets in the last minute" />
      ) : (
        <ResponsiveContainer width="100%" height={192}>
          <BarChart
            data={data}
            margin={{ top: 4, right: AXIS_RIGHT, bottom: 0, left: 0 }}
            barCategoryGap={2}
            accessibilityLayer={false}
          >
            <CartesianGrid vertical={false} />
            <XAxis dataKey="name" height={24} minTickGap={4} />
            <YAxis
              allowDecimals={false}
              width={40}
              tickFormatter={brief}
              axisLine={false}
              tickLine={false}
              tickCount={4}
            />
            <ChartBar dataKey="packets" fill="var(--series-1)" isAnimationActive={false} />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--sunken)' }}
              content={(props) => {
                const size = datumOf(props) as Size | null;
                return size ? (
                  <Tip
                    title={`${size.name} bytes`}
                    rows={[
                      { name: 'packets', value: exact(size.packets) },
                      { name: 'share', value: `${(size.share * 100).toFixed(1)} %` },
                    ]}
                  />
                ) : null;
              }}
            />
          </BarChart>
        </ResponsiveContainer>
      )}
    </Panel>
  );
}

export function Latencies({ state: { tick, session } }: { state: LiveState }) {
  return (
    <Panel title="Answer times" note={`of the last ten seconds${ofPackets(session)}`} className="live-third">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" className="number">
              Median
            </th>
            <th scope="col" className="number">
              95 %
            </th>
            <th scope="col" className="number">
              Samples
            </th>
          </tr>
        </thead>
        <tbody>
          <LatencyRow name="TCP handshake" latency={tick?.handshake} />
          <LatencyRow name="DNS answer" latency={tick?.dns} />
        </tbody>
      </table>
    </Panel>
  );
}

function LatencyRow({ name, latency }: { name: string; latency: LiveTickShown['dns'] | undefined }) {
  return (
    <tr>
      <td>{name}</td>
      <td className="number">{milliseconds(latency?.median ?? null)}</td>
      <td className="number">{milliseconds(latency?.p95 ?? null)}</td>
      <td className="number">{exact(latency?.samples ?? 0)}</td>
    </tr>
  );
}

function milliseconds(ms: number | null): string {
  if (ms === null) return 'none';
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
