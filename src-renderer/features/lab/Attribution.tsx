/** What moves a detector's scores: a dot a record and column, by how far and which way, coloured by what stands in the column. */
import { useElementSize } from '@mantine/hooks';
import { memo, useMemo, useState, type PointerEvent } from 'react';
import type { Attribution as Parts, LabResult } from '../../../src-shared/contract/topics/lab.ts';
import { Tip } from '../../components/charts/parts.tsx';
import { Empty } from '../../components/states.tsx';
import { counted } from '../../lib/numbers.ts';
import { DIRECTION_WORDS, METHOD_WORDS } from './attribution-words.ts';
import { DOT, nearestDot, ROW, swarm, type Dot, type Swarm } from './beeswarm.ts';
import { Figure } from './Figure.tsx';
import { scoreText } from './words.ts';

const NAME = 180;
const SAID = 168;
const FOOT = 40;
const SHOWN = 15;

const KEYS = [
  { name: 'low values', colour: 'var(--series-1)' },
  { name: 'middle', colour: 'var(--series-2)' },
  { name: 'high values', colour: 'var(--anomaly)' },
  { name: 'words, unset (hollow)', colour: 'var(--dim)', dash: '2 3' },
];

interface AttributionProps {
  runs: readonly LabResult[];
  name: string;
  /** As wide as it can be. */
  alone: boolean;
}

export function Attribution({ runs, name, alone }: AttributionProps) {
  const found = runs.find(({ details }) => details?.attribution);
  // Experiments of before it was measured say nothing of it.
  if (runs.every(({ details }) => details?.attribution === undefined)) return null;
  const parts = found?.details?.attribution ?? null;
  return (
    <Figure
      title="What moves the scores"
      note={parts === null ? 'contributions of the columns' : noteOf(parts, found!.seed)}
      name={`${name}-contributions`}
      className={alone ? 'lab-full' : 'lab-wide'}
      picture={parts !== null && parts.columns.length > 0}
      {...(parts === null ? {} : { keys: KEYS })}
      csv={() => csvOf(parts)}
    >
      {parts === null ? (
        <Empty title="Not known for this detector">It looks at more than single records.</Empty>
      ) : parts.columns.length === 0 ? (
        <Empty title="Nothing moves them">All records that were looked at have the same score.</Empty>
      ) : (
        <Plot parts={parts} />
      )}
    </Figure>
  );
}

function noteOf({ attack, method }: Parts, seed: number): string {
  const attacks = attack.filter((each) => each === 1).length;
  const drawn = `${counted(attack.length - attacks, 'ordinary test record')} and ${counted(attacks, 'attack')}`;
  return `${METHOD_WORDS[method].title}; ${drawn}, drawn by seed ${seed}`;
}

function csvOf(parts: Parts | null): { head: string[]; rows: (string | number | null)[][] } {
  const columns = parts?.columns ?? [];
  return {
    head: ['record', 'class', ...columns.flatMap(({ column }) => [column, `${column}: contribution`])],
    rows: (parts?.attack ?? []).map((attack, i) => [
      i + 1,
      attack === 1 ? 'attack' : 'ordinary',
      ...columns.flatMap(({ values, contributions }) => [values[i] ?? null, contributions[i] ?? null]),
    ]),
  };
}

function Plot({ parts }: { parts: Parts }) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const shown = useMemo(() => ({ ...parts, columns: parts.columns.slice(0, SHOWN) }), [parts]);
  const { columns, mean } = parts.others;
  const rest = parts.columns.slice(SHOWN).reduce((sum, each) => sum + each.mean, mean);
  const more = parts.columns.length - shown.columns.length + columns;
  return (
    <>
      <div ref={ref}>{width > 0 ? <Picture parts={shown} width={width} /> : null}</div>
      <p className="dim">
        {METHOD_WORDS[parts.method].text}
        {more > 0 ? ` ${counted(more, 'other column')} together: mean ${scoreText(rest)}.` : ''}
      </p>
    </>
  );
}

function Picture({ parts, width }: { parts: Parts; width: number }) {
  const [near, setNear] = useState<Dot | null>(null);
  const left = Math.min(NAME, width * 0.3);
  const right = Math.max(left + 80, width - SAID);
  const plot = useMemo(() => swarm(parts, left + DOT, right - DOT), [parts, left, right]);
  const height = parts.columns.length * ROW + FOOT;
  const told = parts.columns.slice(0, 5).map(({ column, mean }) => `${column} ${scoreText(mean)}`);
  const move = (event: PointerEvent<SVGSVGElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    setNear(nearestDot(plot.dots, event.clientX - box.left, event.clientY - box.top));
  };
  return (
    <div className="lab-swarm">
      <svg
        className="figure-svg"
        width={width}
        height={height}
        role="img"
        aria-label={`Contributions of ${parts.columns.length} columns. Greatest means: ${told.join(', ')}.`}
        onPointerMove={move}
        onPointerLeave={() => setNear(null)}
      >
        <Ground parts={parts} plot={plot} left={left} right={right} width={width} />
        <Dots dots={plot.dots} />
        {near === null ? null : <circle className="lab-dot-near" cx={near.x} cy={near.y} r={DOT + 2} />}
      </svg>
      {near === null ? null : <Near parts={parts} dot={near} width={width} />}
    </div>
  );
}

/** As many as there are: not drawn again while only the pointer moves. */
const Dots = memo(function Dots({ dots }: { dots: readonly Dot[] }) {
  return dots.map(({ column, record, tone, x, y }) => (
    <circle
      key={`${column} ${record}`}
      className={`lab-dot lab-dot-${tone}`}
      cx={Number(x.toFixed(1))}
      cy={Number(y.toFixed(1))}
      r={DOT}
    />
  ));
});

interface GroundProps {
  parts: Parts;
  plot: Swarm;
  left: number;
  right: number;
  width: number;
}

/** Rows, their names, what they say, and the axis. */
function Ground({ parts, plot, left, right, width }: GroundProps) {
  const bottom = parts.columns.length * ROW;
  const letters = Math.max(8, Math.floor(left / 7));
  return (
    <g>
      {parts.columns.map(({ column, mean }, i) => (
        <g key={column}>
          <line className="lab-box-rule" x1={0} x2={width} y1={(i + 1) * ROW - 0.5} y2={(i + 1) * ROW - 0.5} />
          <text className="lab-box-name" x={0} y={i * ROW + 18}>
            {column.length > letters ? `${column.slice(0, letters - 1)}…` : column}
            {column.length > letters ? <title>{column}</title> : null}
          </text>
          <text className="lab-box-note" x={right + 12} y={i * ROW + 18}>
            {[scoreText(mean), DIRECTION_WORDS[plot.directions[i]!]].filter((each) => each !== '').join(', ')}
          </text>
        </g>
      ))}
      {plot.ticks.map(({ x, value, anchor }) => (
        <g key={value}>
          <line className={value === 0 ? 'lab-zero' : 'lab-box-rule'} x1={x} x2={x} y1={0} y2={bottom} />
          <text className="lab-box-note" x={x} y={bottom + 14} textAnchor={anchor}>
            {scoreText(value)}
          </text>
        </g>
      ))}
      <text className="lab-box-note" x={(left + right) / 2} y={bottom + 30} textAnchor="middle">
        {`← ordinary · contribution to the score${plot.rooted ? ', by square roots' : ''} · alarm →`}
      </text>
      <text className="lab-box-note" x={right + 12} y={bottom + 14}>
        mean size
      </text>
    </g>
  );
}

function Near({ parts, dot, width }: { parts: Parts; dot: Dot; width: number }) {
  const { column, values, contributions } = parts.columns[dot.column]!;
  const value = values[dot.record] ?? null;
  const side = dot.x > width / 2 ? 'lab-near-left' : 'lab-near-right';
  return (
    <div className={`lab-near ${side}`} style={{ left: dot.x, top: dot.y }}>
      <Tip
        title={column}
        rows={[
          { name: 'value', value: value === null ? 'unset' : String(value) },
          { name: 'contribution', value: String(contributions[dot.record] ?? 0) },
          { name: 'record', value: parts.attack[dot.record] === 1 ? 'attack' : 'ordinary' },
        ]}
      />
    </div>
  );
}
