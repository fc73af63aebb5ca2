/** Which feature moved the score, by how much, beside its usual value: from the baseline to this flow. */
import type { Attribution, Explanation } from '../../../src-shared/domain/incident.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty } from '../../components/states.tsx';
import { score } from '../../lib/numbers.ts';
import { extentOf, stepsOf, type Step } from './waterfall.ts';

interface WaterfallProps {
  attributions: readonly Attribution[];
  explanation: Explanation | null;
}

export function Waterfall({ attributions, explanation }: WaterfallProps) {
  return (
    <Panel title="Why it scored" note="of the flow in it that is most unusual">
      {attributions.length === 0 && explanation === null ? (
        <Empty title="No score to explain">
          It was found by what happened, not by how unusual its flows are; or it ranks so low that its flows were not
          explained. The evidence tells why it is here.
        </Empty>
      ) : (
        <Steps attributions={attributions} explanation={explanation} />
      )}
    </Panel>
  );
}

/** Where there are too few flows to tell what is usual: scores of single ones would mean nothing. */
export function NoScores() {
  return (
    <Panel title="Why it scored">
      <Empty title="Flows were not judged">
        This capture has too few flows to tell what is usual, or was not scored. The incident was found by what
        happened: its confidence is no score of flows. The evidence tells why it is here.
      </Empty>
    </Panel>
  );
}

function Steps({ attributions, explanation }: WaterfallProps) {
  const base = explanation?.base ?? 0;
  const steps = stepsOf(attributions, base);
  const listed = steps.at(-1)?.to ?? base;
  const end = explanation?.surprise ?? listed;
  const extent = extentOf(steps, base, end);
  const ofHost = steps.some(({ usualForHost }) => usualForHost !== '');
  const span = ofHost ? 4 : 3;
  return (
    <>
      <div className="table-scroll">
        <table className="table waterfall">
          <thead>
            <tr>
              <th scope="col">Feature</th>
              <th scope="col" className="number">
                This flow
              </th>
              <th scope="col" className="number">
                Usual
              </th>
              {ofHost ? (
                <th scope="col" className="number" title="Of the host that opened this flow, over all its flows">
                  Of this host
                </th>
              ) : null}
              <th scope="col" className="waterfall-cell">
                Baseline to this flow
              </th>
              <th scope="col" className="number">
                Surprise
              </th>
            </tr>
          </thead>
          <tbody>
            {explanation ? (
              <Sum
                name="Baseline: a flow of which nothing is known"
                span={span}
                from={0}
                to={base}
                extent={extent}
                value={base.toFixed(2)}
              />
            ) : null}
            {steps.map((step) => (
              <OneStep key={step.feature} step={step} extent={extent} ofHost={ofHost} />
            ))}
            {explanation ? (
              <tr>
                <td colSpan={span}>All other features together</td>
                <td className="waterfall-cell">
                  <StepBar from={listed} to={end} {...extent} />
                </td>
                <td className="number">{signed(explanation.rest)}</td>
              </tr>
            ) : null}
            <Sum
              name={explanation ? `This flow: score ${score(explanation.score)}` : 'Sum of what is listed'}
              span={span}
              from={0}
              to={end}
              extent={extent}
              value={end.toFixed(2)}
              total
            />
          </tbody>
        </table>
      </div>
      <p className="dim waterfall-note">
        Surprise 1 means: of usual flows one in 10 is as far out; 2: one in 100; 3: one in 1,000.
      </p>
    </>
  );
}

interface Extent {
  least: number;
  most: number;
}

function OneStep({ step, extent, ofHost }: { step: Step; extent: Extent; ofHost: boolean }) {
  return (
    <tr>
      <td title={step.text}>{step.name}</td>
      <td className="number">{step.value}</td>
      <td className="number dim">{step.usual}</td>
      {ofHost ? <td className="number dim">{step.usualForHost}</td> : null}
      <td className="waterfall-cell">
        <StepBar from={step.from} to={step.to} {...extent} />
      </td>
      <td className="number">{signed(step.contribution)}</td>
    </tr>
  );
}

interface SumProps {
  name: string;
  /** Columns that the name takes. */
  span: number;
  from: number;
  to: number;
  extent: Extent;
  value: string;
  total?: boolean;
}

function Sum({ name, span, from, to, extent, value, total = false }: SumProps) {
  return (
    <tr className={total ? 'waterfall-total' : ''}>
      <td colSpan={span}>{name}</td>
      <td className="waterfall-cell">
        <StepBar from={from} to={to} {...extent} whole />
      </td>
      <td className="number">{value}</td>
    </tr>
  );
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

interface StepBarProps extends Extent {
  from: number;
  to: number;
  whole?: boolean;
}

function StepBar({ from, to, least, most, whole = false }: StepBarProps) {
  const at = (value: number): number => ((value - least) / Math.max(most - least, 1e-9)) * 100;
  const [left, right] = [at(Math.min(from, to)), at(Math.max(from, to))];
  return (
    <svg className="step-bar" viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
      <line x1={at(0)} x2={at(0)} y1="0" y2="16" className="step-base" />
      <rect
        x={left}
        width={Math.max(0.6, right - left)}
        y="4"
        height="8"
        className={whole ? 'step-whole' : to < from ? 'step-down' : 'step-up'}
      />
    </svg>
  );
}
