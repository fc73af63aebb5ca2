/** What a model said of a file: counts, how the scores spread, the rows, and the predictions to take home. */
import { Button } from '@mantine/core';
import { Bar, BarChart, CartesianGrid, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { ScoredFile, ScoreVerdict } from '../../../../src-shared/contract/topics/scoring.ts';
import { AXIS_LEFT, AXIS_RIGHT, datumOf, Tip } from '../../../components/charts/parts.tsx';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote, Shown } from '../../../components/states.tsx';
import { useAct, useAsk } from '../../../lib/desk.tsx';
import { download } from '../../../lib/download.ts';
import { brief, counted, exact, percent } from '../../../lib/numbers.ts';
import { go, Link } from '../../../lib/place.tsx';
import { useLock } from '../../../lib/role.ts';
import { Confusion, Rate } from '../AtThreshold.tsx';
import { Figure } from '../Figure.tsx';
import { LabTabs } from '../LabTabs.tsx';
import { rates } from '../numbers.ts';
import { labAddress } from '../place.ts';
import { scoreDigits } from '../record/score-words.ts';
import { detectorName } from '../words.ts';
import './bulk.css';
import { Rows } from './Rows.tsx';
import { VERDICT_WORDS } from './words.ts';

export function ScoredPage({ id }: { id: number }) {
  const asked = useAsk(`scored ${id}`, (client, signal) => client.scoring.get({ id }, { signal }));
  return (
    <div className="open">
      <Shown asked={asked} what="the scored file" lines={8}>
        {(scored) => <Scored scored={scored} />}
      </Shown>
      {asked.error ? <Link to={labAddress(['score'])}>Score a file</Link> : null}
    </div>
  );
}

function Scored({ scored }: { scored: ScoredFile }) {
  const { id, name, model, format, rows, counts, unreadableReasons, labels } = scored;
  const { act, busy, error } = useAct();
  const lock = useLock();
  const remove = async (): Promise<void> => {
    if (await act((client) => client.scoring.remove({ id }))) go(labAddress(['score']));
  };
  return (
    <>
      <div className="view-head">
        <h1>{name}</h1>
        <LabTabs at="Score a file" />
        <div className="view-tools">
          <Button {...lock} size="xs" variant="default" loading={busy} onClick={() => void remove()}>
            Remove
          </Button>
          <Button
            {...lock}
            size="xs"
            loading={busy}
            onClick={() => void act(async (client) => download(await client.scoring.download({ id })))}
          >
            Predictions as CSV
          </Button>
        </div>
      </div>
      {error ? <ErrorNote error={error} /> : null}
      <p className="bulk-answer">
        <strong>
          {exact(counts.anomalous)} of {counted(rows, 'row')} anomalous
        </strong>{' '}
        ({percent(rows === 0 ? 0 : counts.anomalous / rows)}), by {model.name}
        {model.name === 'base' ? ', the model that ships with Sonde' : ` (${detectorName(model.detector)})`}. Format:{' '}
        {format}.
      </p>
      {model.scores === 'flows' ? (
        <p className="dim">
          Each row is judged alone, by the model, as <code>sonde triage --causal</code> judges flows. A capture that is
          opened here is also compared with itself: its flows have other scores, and other ones of them are anomalous.
        </p>
      ) : null}
      {scored.learnedFrom ? (
        <p className="lab-warning">
          The model learned from this very file: it knows these rows, and the counts say little of how it judges others.
        </p>
      ) : null}
      <div className="lab-figures">
        <Panel
          title="Verdicts"
          className="lab-narrow"
          note={`anomalous from score ${scoreDigits(scored.threshold)} on`}
        >
          <dl className="figures">
            {(Object.keys(VERDICT_WORDS) as ScoreVerdict[]).map((verdict) => (
              <div key={verdict}>
                <dt>{VERDICT_WORDS[verdict]}</dt>
                <dd>{exact(counts[verdict])}</dd>
              </div>
            ))}
          </dl>
          {counts['not-judged'] > 0 ? (
            <p className="dim">With fewer than 64 flows nothing is called anomalous, as in a triage.</p>
          ) : null}
          {labels ? <Labels labels={labels} /> : <p className="dim">No row says by a label what it is.</p>}
        </Panel>
        <Spread scored={scored} />
      </div>
      {unreadableReasons.length > 0 ? <BadRows reasons={unreadableReasons} total={counts.unreadable} /> : null}
      <Rows scored={scored} />
    </>
  );
}

function Labels({ labels }: { labels: NonNullable<ScoredFile['labels']> }) {
  const counts = rates(labels);
  return (
    <>
      <h3 className="record-why">Beside the labels of the file</h3>
      <Confusion counts={counts} />
      <dl className="figures lab-rates">
        <Rate name="Precision" value={counts.precision} />
        <Rate name="Recall" value={counts.recall} />
        <Rate name="FPR" value={counts.fpr} />
        <Rate name="F1" value={counts.f1} />
        <Rate name="Accuracy" value={counts.accuracy} />
      </dl>
    </>
  );
}

function BadRows({ reasons, total }: { reasons: ScoredFile['unreadableReasons']; total: number }) {
  return (
    <Panel title="Rows without a score" note={`${counted(total, 'row')}; in the predictions with the reason`}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Why</th>
            <th scope="col" className="number">
              Rows
            </th>
            <th scope="col">Lines</th>
          </tr>
        </thead>
        <tbody>
          {reasons.map(({ reason, count, lines }) => (
            <tr key={reason}>
              <td>{reason}</td>
              <td className="number">{exact(count)}</td>
              <td>
                {lines.map(exact).join(', ')}
                {count > lines.length ? ', …' : ''}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

const KEYS = {
  unlabelled: { name: 'rows', colour: 'var(--series-1)' },
  normal: { name: 'ordinary by their label', colour: 'var(--series-1)' },
  attack: { name: 'attacks by their label', colour: 'var(--anomaly)' },
} as const;
type Kind = keyof typeof KEYS;

interface SpreadBar {
  at: number;
  from: number;
  to: number;
  unlabelled: number;
  normal: number;
  attack: number;
  counts: Record<Kind, number>;
}

const HEIGHT = 240;
const scoreAt = (rare: number): number => 1 - 10 ** -rare;

/** How many rows have which score; the axis is that of rarity, for what matters lies close to one. */
function Spread({ scored: { scores, threshold, name } }: { scored: ScoredFile }) {
  const { edges } = scores;
  const width = (edges[1] ?? 1) - (edges[0] ?? 0);
  const kinds = (Object.keys(KEYS) as Kind[]).filter((kind) => scores[kind].some((count) => count > 0));
  // Only as far as there is anything, but past the threshold.
  const last = Math.max(...kinds.map((kind) => scores[kind].findLastIndex((count) => count > 0)), 0);
  const line = -Math.log10(Math.max(1e-9, 1 - threshold));
  const end = Math.max((last + 1) * width, Math.ceil(line) + width);
  const bars = edges.flatMap((from, i): SpreadBar[] => {
    if (from >= end) return [];
    const counts = { unlabelled: scores.unlabelled[i]!, normal: scores.normal[i]!, attack: scores.attack[i]! };
    // Square roots, so that what is rare can be seen beside what is not; stacked by what each adds.
    const total = counts.unlabelled + counts.normal + counts.attack;
    const root = total === 0 ? 0 : Math.sqrt(total) / total;
    return [
      {
        at: from + width / 2,
        from,
        to: from + width,
        unlabelled: counts.unlabelled * root,
        normal: counts.normal * root,
        attack: counts.attack * root,
        counts,
      },
    ];
  });
  const most = Math.max(1, ...bars.map((bar) => bar.unlabelled + bar.normal + bar.attack));
  const ticks = Array.from({ length: Math.floor(end) + 1 }, (_, i) => i);
  return (
    <Figure
      title="How the scores spread"
      note="rows by score; each step to the right is ten times rarer among ordinary rows; heights are square roots"
      name={`${name}-scores`}
      className="lab-wide"
      keys={kinds.map((kind) => KEYS[kind])}
      csv={() => ({
        head: ['score from', 'score to', 'rows without label', 'ordinary rows', 'attacks'],
        rows: edges.map((from, i) => [
          scoreAt(from),
          i === edges.length - 1 ? 1 : scoreAt(from + width),
          scores.unlabelled[i]!,
          scores.normal[i]!,
          scores.attack[i]!,
        ]),
      })}
    >
      <ResponsiveContainer width="100%" height={HEIGHT}>
        <BarChart
          data={bars}
          margin={{ top: 8, right: AXIS_RIGHT, bottom: 0, left: 0 }}
          barCategoryGap={1}
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} />
          <XAxis
            dataKey="at"
            type="number"
            domain={[0, end]}
            ticks={ticks}
            tickFormatter={(at: number) => String(Number(scoreAt(at).toFixed(at)))}
          />
          <YAxis
            width={AXIS_LEFT}
            domain={[0, most]}
            ticks={[0, most / 4, most / 2, (most * 3) / 4, most]}
            tickFormatter={(root: number) => brief(root * root)}
          />
          {kinds.map((kind) => (
            <Bar key={kind} dataKey={kind} stackId="rows" fill={KEYS[kind].colour} isAnimationActive={false} />
          ))}
          <ReferenceLine x={line} stroke="var(--text)" strokeWidth={2} />
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--sunken)' }}
            content={(props) => {
              const bar = datumOf(props) as SpreadBar | null;
              return bar ? (
                <Tip
                  title={`score ${scoreDigits(scoreAt(bar.from))} to ${scoreDigits(scoreAt(bar.to))}`}
                  rows={kinds.map((kind) => ({ name: KEYS[kind].name, value: exact(bar.counts[kind]) }))}
                />
              ) : null;
            }}
          />
        </BarChart>
      </ResponsiveContainer>
      <p className="dim">The line is the threshold: rows from it on to the right are anomalous.</p>
    </Figure>
  );
}
