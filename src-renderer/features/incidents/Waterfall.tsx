/** Which feature moved the score, by how much, beside its usual value. */
import type { Attribution } from '../../../src-shared/domain/incident.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty } from '../../components/states.tsx';
import { extentOf, stepsOf, type Step } from './waterfall.ts';

export function Waterfall({ attributions }: { attributions: readonly Attribution[] }) {
  return (
    <Panel
      title="Why it scored"
      note="of its most unusual flow: surprise added to the baseline of usual traffic (1 = ten times rarer)"
    >
      {attributions.length === 0 ? (
        <Empty title="No score to explain">
          This incident was found by what happened, not by how unusual its flows are. The evidence tells why.
        </Empty>
      ) : (
        <Steps steps={stepsOf(attributions)} />
      )}
    </Panel>
  );
}

function Steps({ steps }: { steps: readonly Step[] }) {
  const extent = extentOf(steps);
  const total = steps.at(-1)?.to ?? 0;
  return (
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
            <th scope="col">From the baseline to this score</th>
            <th scope="col" className="number">
              Adds
            </th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={step.feature}>
              <td title={step.text}>{step.name}</td>
              <td className="number">{step.value}</td>
              <td className="number dim">{step.usual}</td>
              <td className="waterfall-cell">
                <StepBar from={step.from} to={step.to} {...extent} />
              </td>
              <td className="number">{signed(step.contribution)}</td>
            </tr>
          ))}
          <tr className="waterfall-total">
            <td colSpan={3}>Sum of what is listed</td>
            <td className="waterfall-cell">
              <StepBar from={0} to={total} {...extent} whole />
            </td>
            <td className="number">{signed(total)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

interface StepBarProps {
  from: number;
  to: number;
  least: number;
  most: number;
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
