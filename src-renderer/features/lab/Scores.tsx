/** How scores spread in each class, with a threshold that can be dragged or moved by keys. */
import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { Bar, BarChart, CartesianGrid, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { ResultDetails } from '../../../src-shared/contract/topics/lab.ts';
import { AXIS_LEFT, AXIS_RIGHT, datumOf, Tip } from '../../components/charts/parts.tsx';
import { exact } from '../../lib/numbers.ts';
import { Figure } from './Figure.tsx';
import { countsAt, cutFor } from './numbers.ts';
import { nearestCut, placeOf, scoreAxis, scoreBars, type ScoreAxis, type ScoreBar } from './score-axis.ts';
import { scoreText } from './words.ts';

interface ScoresProps {
  scores: ResultDetails['scores'];
  /** First bin that is an alarm. */
  cut: number;
  /** The threshold that validation data set. */
  set: number;
  name: string;
  onCut(cut: number): void;
}

const KEYS = [
  { name: 'ordinary records', colour: 'var(--series-1)' },
  { name: 'attacks', colour: 'var(--anomaly)' },
];
const HEIGHT = 280;
const FOOT = 32;
const TOP = 8;

const shareOf = (root: number): string => `${Number((root * root * 100).toPrecision(2))} %`;

export function Scores({ scores, cut, set, name, onCut }: ScoresProps) {
  const axis = scoreAxis(scores);
  const bars = scoreBars(scores, axis);
  const most = Math.max(...bars.map(({ up, down }) => Math.max(up, -down)));
  const ticks = Array.from({ length: 7 }, (_, i) => axis.from + (i / 6) * (axis.to - axis.from));
  return (
    <Figure
      title="Scores by class"
      note="shares of each class, by their square roots; from the line on to the right is an alarm"
      name={`${name}-scores`}
      className="lab-wide"
      keys={KEYS}
      csv={() => ({
        head: ['score from', 'score to', 'ordinary records', 'attacks', 'alarm'],
        rows: scores.edges.map((from, i) => [
          from,
          scores.edges[i + 1] ?? scores.most,
          scores.normal[i]!,
          scores.attack[i]!,
          i >= cut ? 1 : 0,
        ]),
      })}
    >
      <Threshold scores={scores} axis={axis} cut={cut} set={set} onCut={onCut}>
        <ResponsiveContainer width="100%" height={HEIGHT}>
          <BarChart
            data={bars}
            stackOffset="sign"
            margin={{ top: TOP, right: AXIS_RIGHT, bottom: 0, left: 0 }}
            barCategoryGap={0}
            accessibilityLayer={false}
          >
            <CartesianGrid vertical={false} />
            <XAxis
              dataKey="at"
              type="number"
              domain={[axis.from, axis.to]}
              ticks={ticks}
              tickFormatter={(at: number) => scoreText(axis.score(at))}
              height={FOOT}
            />
            <YAxis
              width={AXIS_LEFT}
              domain={[-most, most]}
              ticks={[-most, -most / 2, 0, most / 2, most]}
              tickFormatter={shareOf}
            />
            <ReferenceLine y={0} stroke="var(--line-strong)" />
            <Bar dataKey="up" stackId="class" fill="var(--series-1)" isAnimationActive={false} />
            <Bar dataKey="down" stackId="class" fill="var(--anomaly)" isAnimationActive={false} />
            <ReferenceLine x={placeOf(scores, axis, cut)} stroke="var(--text)" strokeWidth={2} />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--sunken)' }}
              content={(props) => {
                const bar = datumOf(props) as ScoreBar | null;
                return bar ? (
                  <Tip
                    title={`score ${scoreText(bar.from)} to ${scoreText(bar.to)}`}
                    rows={[
                      { name: 'of ordinary records', value: shareOf(bar.up) },
                      { name: 'of attacks', value: shareOf(bar.down) },
                    ]}
                  />
                ) : null;
              }}
            />
          </BarChart>
        </ResponsiveContainer>
      </Threshold>
    </Figure>
  );
}

interface ThresholdProps extends Omit<ScoresProps, 'name'> {
  axis: ScoreAxis;
  children: React.ReactNode;
}

function moved(key: string, cut: number, most: number, set: number): number | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return cut - 1;
    case 'ArrowRight':
    case 'ArrowUp':
      return cut + 1;
    case 'PageDown':
      return cut - 10;
    case 'PageUp':
      return cut + 10;
    case 'Home':
      return 0;
    case 'End':
      return most;
    case 'Escape':
      return set;
    default:
      return null;
  }
}

/** The plot as a slider over the edges of its bins. */
function Threshold({ scores, axis, cut, set, onCut, children }: ThresholdProps) {
  const plot = useRef<HTMLDivElement>(null);
  const most = scores.edges.length;
  const choose = (next: number): void => onCut(Math.max(0, Math.min(most, next)));
  const at = (event: PointerEvent): void => {
    const box = plot.current?.getBoundingClientRect();
    if (!box) return;
    const width = box.width - AXIS_LEFT - AXIS_RIGHT;
    const share = Math.max(0, Math.min(1, (event.clientX - box.left - AXIS_LEFT) / width));
    choose(nearestCut(scores, axis, axis.from + share * (axis.to - axis.from)));
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    plot.current?.setPointerCapture(event.pointerId);
    at(event);
  };
  const move = (event: PointerEvent): void => {
    if (plot.current?.hasPointerCapture(event.pointerId)) at(event);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(event.key, cut, most, cutFor(scores, set));
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    choose(next);
  };
  const { fp, tp } = countsAt(scores, cut);
  const where = cut < most ? `score ${scoreText(scores.edges[cut]!)}` : 'above every score';
  return (
    <div
      ref={plot}
      className="lab-threshold"
      role="slider"
      tabIndex={0}
      aria-label="Threshold"
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={most}
      aria-valuenow={cut}
      aria-valuetext={`${where}: ${exact(tp)} attacks and ${exact(fp)} ordinary records are alarms`}
      title="Drag to move the threshold; arrow keys move it too, Escape takes it back"
      onPointerDown={down}
      onPointerMove={move}
      onKeyDown={press}
    >
      {children}
    </div>
  );
}
