/** What a detector tried before it chose: numbers of clusters with their silhouettes, or distances with their elbow. */
import {
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import type { ClusterSearch } from '../../../src-shared/contract/topics/lab.ts';
import { AXIS_RIGHT, datumOf, Tip } from '../../components/charts/parts.tsx';
import { brief, counted, exact } from '../../lib/numbers.ts';
import { Figure } from './Figure.tsx';
import { scoreText } from './words.ts';

const HEIGHT = 280;
const MARGIN = { top: 20, right: AXIS_RIGHT, bottom: 16, left: 0 };

type Counts = Extract<ClusterSearch, { by: 'count' }>;
type Distances = Extract<ClusterSearch, { by: 'distance' }>;

export function Clusters({ search, name }: { search: ClusterSearch; name: string }) {
  return search.by === 'count' ? <ByCount search={search} name={name} /> : <ByDistance search={search} name={name} />;
}

const silhouetteText = (value: number | null): string => (value === null ? '–' : value.toFixed(2));

function ByCount({ search, name }: { search: Counts; name: string }) {
  const { tried, measure, chosen, elbow, rule, records, judged } = search;
  const what = measure === 'inertia' ? 'clusters' : 'components';
  const best = tried.find(({ count }) => count === chosen);
  const bend = elbow === null ? '' : ` The inertia bends at ${elbow}.`;
  return (
    <Figure
      title="Number of clusters"
      note={`${exact(chosen)} ${what} chosen by the ${rule}`}
      name={`${name}-clusters`}
      className="lab-narrow"
      keys={[
        { name: measure, colour: 'var(--series-1)' },
        { name: 'silhouette', colour: 'var(--anomaly)', dash: '6 4' },
      ]}
      csv={() => ({
        head: [what, measure, 'silhouette', 'chosen', 'elbow'],
        rows: tried.map(({ count, measure: value, silhouette }) => [
          count,
          value,
          silhouette,
          count === chosen ? 1 : 0,
          count === elbow ? 1 : 0,
        ]),
      })}
    >
      <ResponsiveContainer width="100%" height={HEIGHT}>
        <ComposedChart data={tried} margin={MARGIN} accessibilityLayer={false}>
          <CartesianGrid vertical={false} />
          <XAxis
            dataKey="count"
            height={32}
            label={{ value: `number of ${what}`, position: 'insideBottom', offset: -2, className: 'lab-axis' }}
          />
          <YAxis yAxisId="measure" domain={['auto', 'auto']} tickFormatter={brief} width={52} />
          <YAxis
            yAxisId="silhouette"
            orientation="right"
            domain={['auto', 'auto']}
            tickFormatter={silhouetteText}
            width={40}
          />
          {elbow === null || elbow === chosen ? null : (
            <ReferenceLine
              yAxisId="measure"
              x={elbow}
              stroke="var(--line-strong)"
              strokeDasharray="3 3"
              label={{ value: 'elbow', position: 'top', className: 'lab-axis' }}
            />
          )}
          <ReferenceLine
            yAxisId="measure"
            x={chosen}
            stroke="var(--text)"
            label={{ value: elbow === chosen ? 'chosen, elbow' : 'chosen', position: 'top', className: 'lab-axis' }}
          />
          <Line
            yAxisId="measure"
            dataKey="measure"
            stroke="var(--series-1)"
            strokeWidth={2}
            dot={{ r: 3, fill: 'var(--series-1)' }}
            activeDot={false}
            isAnimationActive={false}
          />
          <Line
            yAxisId="silhouette"
            dataKey="silhouette"
            stroke="var(--anomaly)"
            strokeWidth={2}
            strokeDasharray="6 4"
            dot={{ r: 3, fill: 'var(--anomaly)', strokeDasharray: 'none' }}
            activeDot={false}
            isAnimationActive={false}
          />
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: 'var(--line-strong)' }}
            content={(props) => {
              const at = datumOf(props) as Counts['tried'][number] | null;
              return at ? (
                <Tip
                  title={`${at.count} ${what}`}
                  rows={[
                    { name: measure, value: String(Number(at.measure.toPrecision(7))) },
                    { name: 'silhouette', value: silhouetteText(at.silhouette) },
                  ]}
                />
              ) : null;
            }}
          />
        </ComposedChart>
      </ResponsiveContainer>
      <p className="dim">
        {exact(chosen)} {what} by the {rule}
        {best && best.silhouette !== null ? `, silhouette ${silhouetteText(best.silhouette)}` : ''}.{bend} Tried on{' '}
        {counted(records, 'training record')}, silhouettes of {exact(judged)} of them, drawn by the seed. No label has a
        say.
      </p>
    </Figure>
  );
}

function ByDistance({ search, name }: { search: Distances; name: string }) {
  const { curve, elbow, eps, dense, records, neighbour } = search;
  const percentText = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
  return (
    <Figure
      title="How near is near"
      note={`eps ${scoreText(eps)}, at the elbow of the distances`}
      name={`${name}-distances`}
      className="lab-narrow"
      keys={[{ name: `distance to neighbour ${neighbour}`, colour: 'var(--series-1)' }]}
      csv={() => ({
        head: ['share of records', `distance to neighbour ${neighbour}`, 'elbow'],
        rows: curve.map(({ share, distance }) => [share, distance, share === elbow ? 1 : 0]),
      })}
    >
      <ResponsiveContainer width="100%" height={HEIGHT}>
        <ComposedChart data={curve} margin={MARGIN} accessibilityLayer={false}>
          <CartesianGrid />
          <XAxis
            dataKey="share"
            type="number"
            domain={[0, 1]}
            ticks={[0, 0.2, 0.4, 0.6, 0.8, 1]}
            tickFormatter={percentText}
            height={32}
            label={{
              value: 'training records, by distance',
              position: 'insideBottom',
              offset: -2,
              className: 'lab-axis',
            }}
          />
          <YAxis tickFormatter={scoreText} width={52} />
          <ReferenceLine x={elbow} stroke="var(--line-strong)" strokeDasharray="3 3" />
          <ReferenceLine
            y={eps}
            stroke="var(--text)"
            label={{ value: 'eps', position: 'insideBottomRight', className: 'lab-axis' }}
          />
          <Line
            dataKey="distance"
            stroke="var(--series-1)"
            strokeWidth={2}
            dot={false}
            activeDot={false}
            isAnimationActive={false}
          />
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: 'var(--line-strong)' }}
            content={(props) => {
              const at = datumOf(props) as Distances['curve'][number] | null;
              return at ? (
                <Tip
                  title={`${percentText(at.share)} of the records`}
                  rows={[{ name: 'at most', value: String(Number(at.distance.toPrecision(4))) }]}
                />
              ) : null;
            }}
          />
        </ComposedChart>
      </ResponsiveContainer>
      <p className="dim">
        eps {scoreText(eps)}, where the curve bends. {exact(dense)} of {counted(records, 'training record')} are dense:
        their neighbour {neighbour} is no farther than eps. A record that is farther from every dense one is noise. No
        label has a say.
      </p>
    </Figure>
  );
}
