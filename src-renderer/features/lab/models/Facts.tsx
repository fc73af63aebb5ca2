/** What is known of a model: how well it does on records that were held back, and what it is made of. */
import { Fragment } from 'react';
import type { KeptModel } from '../../../../src-shared/contract/topics/models.ts';
import { isDamaged } from '../../../../src-shared/domain/lab-model.ts';
import { Panel } from '../../../components/Panel.tsx';
import { bytes, counted, exact } from '../../../lib/numbers.ts';
import { Fact } from './Fact.tsx';
import { heldBackFigures, percentOf, sourceText, trainingFacts } from './words.ts';

export function Judged({ model }: { model: KeptModel }) {
  const { heldBack, threshold } = model.summary;
  const { normal, attack, leftOut } = heldBack;
  const isWhole = !isDamaged(model);
  return (
    <Panel
      title="On records that were held back"
      {...(isWhole ? { note: `${counted(normal, 'ordinary record')}, ${counted(attack, 'attack')}` } : {})}
    >
      <dl className="figures lab-rates">
        {heldBackFigures(model).map(({ name, value }) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>
              {value}
              {name === 'Threshold' && isWhole ? (
                <span className="dim"> set for {percentOf(threshold.targetFpr)}</span>
              ) : null}
            </dd>
          </Fragment>
        ))}
      </dl>
      <p className="dim">
        {!isWhole
          ? 'What the database says of this model is damaged. Where you have its file, bring that in again, and delete this one.'
          : leftOut.length > 0
            ? `Judged without having seen ${leftOut.join(', ')}; the model that is kept has learned these too.`
            : attack === 0
              ? 'There was no attack to judge by.'
              : 'Records at random: those of one attack may stand on both sides, which flatters.'}
      </p>
      {model.notes && model.notes.warnings.length > 0 ? (
        <ul className="lab-warnings" aria-label="Notes">
          {model.notes.warnings.map((text) => (
            <li key={text}>
              {text.charAt(0).toUpperCase()}
              {text.slice(1)}.
            </li>
          ))}
        </ul>
      ) : null}
    </Panel>
  );
}

const KINDS = 12;

export function What({ model }: { model: KeptModel }) {
  const { sha256, size } = model;
  return (
    <Panel title="What it is">
      <dl className="facts">
        {isDamaged(model) ? null : <Described model={model} />}
        <Fact name="File" value={`${bytes(size)}, SHA-256 ${sha256}`} />
      </dl>
    </Panel>
  );
}

function Described({ model }: { model: KeptModel }) {
  const { summary, source } = model;
  const { training, columns } = summary;
  const kinds = training.kinds.slice(0, KINDS).map(({ kind, count }) => `${kind} (${exact(count)})`);
  const more = training.kinds.length > KINDS ? ` and ${training.kinds.length - KINDS} more` : '';
  return (
    <>
      <Fact name="From" value={sourceText(source)} />
      <Fact
        name="Records"
        value={`${exact(training.normal)} ordinary, ${counted(training.attack, 'attack')}: ${training.files.join(', ')} (${summary.format})`}
      />
      {kinds.length > 0 ? <Fact name="Kinds of attack" value={`${kinds.join(', ')}${more}`} /> : null}
      {trainingFacts(model).map(({ name, value }) => (
        <Fact key={name} name={name} value={value} />
      ))}
      {summary.chosen === '' ? null : <Fact name="It says" value={summary.chosen} />}
      <Fact name="Columns" value={columns.join(', ')} />
    </>
  );
}
