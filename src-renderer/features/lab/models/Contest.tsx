/** A model beside the one before it, both judged by the same records. */
import type { Contestant, KeptModel, ModelNotes } from '../../../../src-shared/contract/topics/models.ts';
import { Panel } from '../../../components/Panel.tsx';
import { counted } from '../../../lib/numbers.ts';
import { Link } from '../../../lib/place.tsx';
import { labAddress } from '../place.ts';
import { useModel } from './use-models.ts';
import { figure, percentOf } from './words.ts';

const ROWS: readonly { title: string; hint: string; of(side: Contestant): string }[] = [
  {
    title: 'ROC-AUC',
    hint: 'chance that an attack scores above an ordinary record',
    of: ({ rocAuc }) => figure(rocAuc),
  },
  { title: 'Recall', hint: 'at its own threshold', of: ({ recall }) => figure(recall) },
  { title: 'False-positive rate', hint: 'at its own threshold', of: ({ fpr }) => figure(fpr) },
  { title: 'Threshold set for', hint: 'false positives', of: ({ targetFpr }) => percentOf(targetFpr) },
];

const VERDICT = {
  next: 'The newer one is the better',
  before: 'The one before is the better',
  alike: 'They are alike',
  unjudged: 'Neither is said to be the better',
} as const;

export function Contest({ model, before }: { model: KeptModel; before: NonNullable<ModelNotes['before']> }) {
  const { contest } = before;
  const older = useModel(before.id);
  return (
    <Panel
      title="Beside the one before"
      note={`both by ${counted(contest.normal, 'ordinary record')} and ${counted(contest.attack, 'attack')} of the new file`}
    >
      <p className={contest.better === 'before' || contest.better === 'unjudged' ? 'lab-warning' : ''}>
        <strong>{VERDICT[contest.better]}</strong>: {contest.why}. <Next model={model} better={contest.better} />
      </p>
      <div className="table-scroll">
        <table className="table lab-contest">
          <thead>
            <tr>
              <th scope="col">Figure</th>
              <th scope="col" className="number">
                {model.name}
              </th>
              <th scope="col" className="number">
                {older ? <Link to={labAddress(['models', String(before.id)])}>{older.name}</Link> : before.name}
              </th>
            </tr>
          </thead>
          <tbody>
            {ROWS.map(({ title, hint, of }) => (
              <tr key={title}>
                <th scope="row" title={hint}>
                  {title}
                </th>
                <td className="number">{of(contest.next)}</td>
                <td className="number">{of(contest.before)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="dim">
        The newer one has not learned from these records, nor from any that is like one of them
        {contest.duplicates > 0 ? ` (${counted(contest.duplicates, 'such record')} left out)` : ''}.
        {contest.better === 'unjudged'
          ? ' The older one knows some of them.'
          : ' None of these files is one that the older one learned from; where records of them overlap, it is flattered.'}
      </p>
    </Panel>
  );
}

function Next({ model, better }: { model: KeptModel; better: keyof typeof VERDICT }) {
  if (model.slots.length > 0 || better !== 'next') return <>Nothing has changed: you decide what scores captures.</>;
  return model.promotable.by === null ? (
    <>Both are kept.</>
  ) : (
    <>To have it score captures, promote it; the one before can be put back at any time.</>
  );
}
