/** Packets by their length on the wire. */
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { AXIS_RIGHT, datumOf, Legend, Tip } from '../../components/charts/parts.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { brief, exact } from '../../lib/numbers.ts';

interface Size {
  from: number;
  to: number | null;
  packets: number;
  bytes: number;
}

function sizeText({ from, to }: Size): string {
  return to === null ? `${from}+` : `${from}–${to}`;
}

export function useSizes(capture: number) {
  return useAsk(`sizes ${capture}`, (client, signal) => client.overview.packetSizes({ capture }, { signal }), {
    topics: ['captures'],
  });
}

export function PacketSizes({ capture }: { capture: number }) {
  const asked = useSizes(capture);
  return (
    <Panel
      title="Packet sizes"
      note="by bytes on the wire, whole capture"
      className="sizes"
      tools={<Legend items={[{ name: 'packets', tone: '1' }]} />}
    >
      <Shown asked={asked} what="the packet sizes" lines={6}>
        {({ sizes }) =>
          sizes.some(({ packets }) => packets > 0) ? (
            <Bars sizes={sizes} />
          ) : (
            <Empty title="Not enough data">There is no packet whose size could be shown.</Empty>
          )
        }
      </Shown>
    </Panel>
  );
}

function Bars({ sizes }: { sizes: readonly Size[] }) {
  const total = sizes.reduce((sum, { packets }) => sum + packets, 0);
  const data = sizes.map((size) => ({ ...size, name: sizeText(size) }));
  return (
    <ResponsiveContainer width="100%" height={200}>
      <BarChart
        data={data}
        margin={{ top: 4, right: AXIS_RIGHT, bottom: 0, left: 0 }}
        barCategoryGap={2}
        accessibilityLayer={false}
      >
        <CartesianGrid vertical={false} />
        <XAxis dataKey="name" height={24} minTickGap={8} />
        <YAxis allowDecimals={false} width={40} tickFormatter={brief} axisLine={false} tickLine={false} tickCount={4} />
        <Bar dataKey="packets" fill="var(--series-1)" isAnimationActive={false} minPointSize={1} />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: 'var(--sunken)' }}
          content={(props) => {
            const size = datumOf(props) as Size | null;
            return size ? (
              <Tip
                title={`${sizeText(size)} bytes`}
                rows={[
                  { name: 'packets', value: exact(size.packets) },
                  { name: 'share', value: `${((size.packets / total) * 100).toFixed(1)} %` },
                  { name: 'bytes', value: exact(size.bytes) },
                ]}
              />
            ) : null;
          }}
        />
      </BarChart>
    </ResponsiveContainer>
  );
}
