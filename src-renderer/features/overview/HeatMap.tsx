/** Which host did something when: rows of hosts (or networks), columns of time. */
import { Button, SegmentedControl } from '@mantine/core';
import { HEAT_MEASURES } from '../../../src-shared/contract/topics/overview.ts';
import { zoomed } from '../../components/charts/brush.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { exact } from '../../lib/numbers.ts';
import { useParams, useRange } from '../../lib/place.tsx';
import { HeatGrid } from './HeatGrid.tsx';
import { NotScored, useScored } from './scored.tsx';

export type Measure = (typeof HEAT_MEASURES)[number];

const WORDS: Record<Measure, string> = {
  anomaly: 'anomalous flows begun',
  bytes: 'bytes sent and received',
  flows: 'flows begun',
  failures: 'flows refused or unanswered',
};
const ROWS = 200;
const BUCKETS = 144;

function measureOf(text: string | undefined): Measure {
  return HEAT_MEASURES.find((measure) => measure === text) ?? 'flows';
}

/** Where there are more hosts than a person reads, networks come first. */
const GROUPED_FROM = 500;

export function HeatMap({ capture, hosts }: { capture: number; hosts: number }) {
  const [params, setParams] = useParams();
  const [range, setRange] = useRange();
  const measure = measureOf(params['heat']);
  const within = params['net'] ?? '';
  const group =
    within === '' && (params['by'] ?? (hosts > GROUPED_FROM ? 'network' : 'host')) === 'network' ? 'network' : 'host';
  const question = {
    capture,
    measure,
    group,
    rows: ROWS,
    buckets: BUCKETS,
    ...(within === '' ? {} : { within }),
    ...(range ? { range } : {}),
  } as const;
  const asked = useAsk(
    `heat ${JSON.stringify(question)}`,
    (client, signal) => client.overview.heatmap(question, { signal }),
    {
      topics: ['captures'],
      keep: true,
    },
  );
  const scored = useScored(capture);
  const data = asked.data;
  const span = data
    ? { from: data.start, to: data.start + data.width * (data.rows[0]?.values.length ?? BUCKETS) }
    : null;
  return (
    <Panel
      title="Hosts over time"
      note={WORDS[measure]}
      className="heat"
      tools={
        <>
          {within === '' ? (
            <SegmentedControl
              size="xs"
              aria-label="Rows"
              value={group}
              onChange={(by) => setParams({ by }, true)}
              data={[
                { value: 'host', label: 'Hosts' },
                { value: 'network', label: 'Networks' },
              ]}
            />
          ) : (
            <Button size="compact-xs" variant="default" onClick={() => setParams({ net: '' })}>
              {within} × all networks
            </Button>
          )}
          <SegmentedControl
            size="xs"
            aria-label="What is shown"
            value={measure}
            onChange={(heat) => setParams({ heat }, true)}
            data={[
              { value: 'anomaly', label: 'Anomaly' },
              { value: 'bytes', label: 'Bytes' },
              { value: 'flows', label: 'Flows' },
              { value: 'failures', label: 'Failures' },
            ]}
          />
          <Button.Group>
            <Button
              size="compact-xs"
              variant="default"
              aria-label="Zoom out"
              disabled={!range}
              onClick={() => span && setRange(zoomed(span, 2))}
            >
              −
            </Button>
            <Button
              size="compact-xs"
              variant="default"
              aria-label="Zoom in"
              disabled={!span}
              onClick={() => span && setRange(zoomed(span, 0.5))}
            >
              +
            </Button>
          </Button.Group>
        </>
      }
    >
      <Shown asked={asked} what="the heat map" lines={8}>
        {(map) =>
          measure === 'anomaly' && !scored ? (
            <NotScored />
          ) : map.rows.length === 0 || map.max === 0 ? (
            <Empty title={`No ${WORDS[measure]} in this time`}>Choose another measure, or a longer time.</Empty>
          ) : (
            <>
              <HeatGrid map={map} measure={measure} onChoose={setRange} onNetwork={(net) => setParams({ net })} />
              {map.rowsTotal > map.rows.length ? (
                <p className="dim">
                  Shown are the {exact(map.rows.length)} {group === 'host' ? 'hosts' : 'networks'} with most, of{' '}
                  {exact(map.rowsTotal)} that have any.
                  {group === 'host' ? ' Choose Networks to see all in groups.' : ''}
                </p>
              ) : null}
            </>
          )
        }
      </Shown>
    </Panel>
  );
}
