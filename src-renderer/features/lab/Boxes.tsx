/** Columns of numbers by class, as box plots, with how sure it is that the classes differ. */
import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';
import type { BoxNumbers, FeatureDetail } from '../../../src-shared/contract/topics/lab.ts';
import { Empty } from '../../components/states.tsx';
import { brief, counted, exact } from '../../lib/numbers.ts';
import { Figure } from './Figure.tsx';
import { pText } from './words.ts';

const FEW = 12;
const ROW = 44;
const NAME = 180;
const TESTS = 232;
const BOX = 12;
/** Spans wider than this are drawn by orders of magnitude. */
const WIDE = 100;

const KEYS = [
  { name: 'ordinary records', colour: 'var(--series-1)' },
  { name: 'attacks', colour: 'var(--anomaly)' },
];

const signedLog = (x: number): number => Math.sign(x) * Math.log10(1 + Math.abs(x));

export function Boxes({ features, total, name }: { features: readonly FeatureDetail[]; total: number; name: string }) {
  const [all, setAll] = useState(false);
  const shown = all ? features : features.slice(0, FEW);
  const { ref, width } = useElementSize<HTMLDivElement>();
  return (
    <Figure
      title="Columns by class"
      note="in the training data, those that differ most first; boxes are quartiles, whiskers reach 1.5 of their distance"
      name={`${name}-columns`}
      className="lab-full"
      picture={shown.length > 0}
      keys={KEYS}
      csv={() => ({ head: HEAD, rows: features.flatMap(rowsOf) })}
    >
      {features.length === 0 ? (
        <Empty title="Nothing to compare">No column of numbers has values in both classes.</Empty>
      ) : (
        <>
          <div ref={ref}>{width > 0 ? <Picture features={shown} width={width} /> : null}</div>
          <p className="dim">
            {counted(features.length, 'column')} of {exact(total)} with numbers
            {features.length < total ? '; the others have no value in one of the classes, or differ less' : ''}.{' '}
            {features.length > FEW ? (
              <button type="button" className="text-button" onClick={() => setAll(!all)}>
                {all ? `Only the first ${FEW}` : 'Show all'}
              </button>
            ) : null}
          </p>
        </>
      )}
    </Figure>
  );
}

const HEAD = [
  'column', 'class', 'records', 'mean', 'least', 'whisker low', 'q1', 'median', 'q3', 'whisker high', 'most', 'outside',
  'Welch t', 'Welch degrees', 'Welch p', 'KS D', 'KS p',
]; // prettier-ignore

function rowsOf({ feature, normal, attack, welch, ks }: FeatureDetail): (string | number | null)[][] {
  const tests = [welch?.t ?? null, welch?.degrees ?? null, welch?.p ?? null, ks.d, ks.p];
  const numbers = (b: BoxNumbers): number[] => [
    b.records, b.mean, b.least, b.low, b.q1, b.median, b.q3, b.high, b.most, b.outside,
  ]; // prettier-ignore
  return [
    [feature, 'ordinary', ...numbers(normal), ...tests],
    [feature, 'attack', ...numbers(attack), ...tests],
  ];
}

function Picture({ features, width }: { features: readonly FeatureDetail[]; width: number }) {
  const height = features.length * ROW;
  const told = features.slice(0, 5).map(({ feature, ks }) => `${feature} ${ks.d.toFixed(2)}`);
  return (
    <svg
      className="figure-svg lab-box-plot"
      width={width}
      height={height}
      role="img"
      aria-label={`Box plots of ${features.length} columns by class. Greatest Kolmogorov–Smirnov distances: ${told.join(', ')}.`}
    >
      {features.map((feature, i) => (
        <Row key={feature.feature} feature={feature} top={i * ROW} width={width} />
      ))}
    </svg>
  );
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function Row({
  feature: { feature, normal, attack, welch, ks },
  top,
  width,
}: {
  feature: FeatureDetail;
  top: number;
  width: number;
}) {
  const least = Math.min(normal.low, attack.low);
  const most = Math.max(normal.high, attack.high);
  const scale = most - least > WIDE ? signedLog : (x: number): number => x;
  const span = scale(most) - scale(least) || 1;
  const [left, right] = [NAME, Math.max(NAME + 80, width - TESTS)];
  const at = (x: number): number => left + ((scale(x) - scale(least)) / span) * (right - left);
  return (
    <g>
      <title>{`${feature}: ${boxText('ordinary', normal)}; ${boxText('attacks', attack)}`}</title>
      <line className="lab-box-rule" x1={0} x2={width} y1={top + ROW - 0.5} y2={top + ROW - 0.5} />
      <text className="lab-box-name" x={0} y={top + 20}>
        {shortened(feature, 26)}
      </text>
      <text className="lab-box-note" x={0} y={top + 35}>
        {`${brief(least)} to ${brief(most)}${scale === signedLog ? ', logarithmic' : ''}`}
      </text>
      <Box numbers={normal} at={at} top={top + 6} tone="normal" />
      <Box numbers={attack} at={at} top={top + 6 + BOX + 5} tone="attack" />
      <text className="lab-box-note" x={width - TESTS + 16} y={top + 20}>
        {`Kolmogorov–Smirnov D ${ks.d.toFixed(2)}, p ${pText(ks.p)}`}
      </text>
      <text className="lab-box-note" x={width - TESTS + 16} y={top + 35}>
        {welchText(welch)}
      </text>
    </g>
  );
}

function welchText(welch: FeatureDetail['welch']): string {
  if (welch === null) return 'Welch: a class has one value only';
  return `Welch t ${welch.t === null ? '∞' : brief(welch.t)}, p ${pText(welch.p)}`;
}

function boxText(name: string, { median, q1, q3, outside }: BoxNumbers): string {
  return `${name} median ${brief(median)}, middle half ${brief(q1)} to ${brief(q3)}, ${exact(outside)} beyond the whiskers`;
}

interface BoxProps {
  numbers: BoxNumbers;
  at(x: number): number;
  top: number;
  tone: 'normal' | 'attack';
}

function Box({ numbers: { low, q1, median, q3, high }, at, top, tone }: BoxProps) {
  const middle = top + BOX / 2;
  return (
    <g className={`lab-box lab-box-${tone}`}>
      <line x1={at(low)} x2={at(high)} y1={middle} y2={middle} />
      <line x1={at(low)} x2={at(low)} y1={top + 3} y2={top + BOX - 3} />
      <line x1={at(high)} x2={at(high)} y1={top + 3} y2={top + BOX - 3} />
      <rect x={at(q1)} y={top} width={Math.max(1, at(q3) - at(q1))} height={BOX} />
      <line className="lab-box-median" x1={at(median)} x2={at(median)} y1={top} y2={top + BOX} />
    </g>
  );
}
