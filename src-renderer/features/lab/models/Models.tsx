/** The models that are kept, which of them score captures, and who changed that. */
import { Button } from '@mantine/core';
import type { KeptModel, Promotion } from '../../../../src-shared/contract/topics/models.ts';
import { isDamaged } from '../../../../src-shared/domain/lab-model.ts';
import { Panel } from '../../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../../components/states.tsx';
import { ago, dateTime } from '../../../lib/clock.ts';
import { KEYS } from '../../../lib/key-catalogue.ts';
import { useKeys } from '../../../lib/keys.tsx';
import { exact } from '../../../lib/numbers.ts';
import { go, Link } from '../../../lib/place.tsx';
import { useLock, VIEWER_NOTE } from '../../../lib/role.ts';
import { useZone } from '../../../lib/zone.tsx';
import { LabJobs } from '../LabJobs.tsx';
import { LabTabs } from '../LabTabs.tsx';
import { labAddress } from '../place.ts';
import { detectorName } from '../words.ts';
import { ImportModel } from './ImportModel.tsx';
import { SlotActions } from './SlotActions.tsx';
import { useModels, usePromotions } from './use-models.ts';
import { figure, percentOf, promotionText, sourceText, flowsText } from './words.ts';

export function Models() {
  const asked = useModels();
  const lock = useLock();
  const begin = (): void => {
    if (!lock.disabled) go(labAddress(['models', 'new']));
  };
  useKeys('Models', [{ ...KEYS.model, run: begin }]);
  return (
    <div className="open">
      <div className="view-head">
        <h1>Models</h1>
        <LabTabs at="Models" />
        <div className="view-tools">
          <ImportModel />
          <Button {...lock} size="xs" onClick={begin}>
            New model
          </Button>
        </div>
      </div>
      <p className="dim lab-lead">
        Learned from labelled records, kept, and put to use: on a file, on a single record, or on every capture.{' '}
        {lock.disabled ? VIEWER_NOTE : ''}
      </p>
      <LabJobs />
      <InUse />
      <Panel title="Models" note="newest first; figures are of records that were held back">
        <Shown asked={asked} what="the models">
          {({ models }) =>
            models.length === 0 ? (
              <Empty title="No model was kept yet">
                Train one on a file of labelled records, keep one from the result of an experiment, or bring in a file
                that was downloaded from another desk.
              </Empty>
            ) : (
              <Table models={models} />
            )
          }
        </Shown>
      </Panel>
      <History />
    </div>
  );
}

function InUse() {
  const asked = usePromotions();
  return (
    <Panel title="Scoring captures now" note="beside the detectors that always do">
      <Shown asked={asked} what="what scores now" lines={1}>
        {({ inUse, history }) =>
          inUse.length === 0 ? (
            <Empty title="None">
              A model scores captures once it is promoted: those that are opened or watched from then on.
            </Empty>
          ) : (
            <ul className="lab-slots">
              {inUse.map(({ slot, id, name }) => (
                <li key={slot}>
                  <span className="tag">lab:{slot}</span>
                  <Link to={labAddress(['models', String(id)])}>{name}</Link>
                  <Since last={history.find((each) => each.slot === slot)} />
                  <SlotActions slot={slot} name={name} history={history} />
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Panel>
  );
}

function Since({ last }: { last: Promotion | undefined }) {
  const zone = useZone();
  if (!last) return null;
  return (
    <span className="dim" title={dateTime(last.at / 1000, zone)}>
      since {ago(last.at, Date.now())}, by {last.user}
    </span>
  );
}

function Table({ models }: { models: readonly KeptModel[] }) {
  const zone = useZone();
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Models that are kept">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Detector</th>
            <th scope="col">Learned from</th>
            <th scope="col" className="number">
              Records
            </th>
            <th scope="col" className="number" title="chance that an attack scores above an ordinary record">
              ROC-AUC
            </th>
            <th scope="col" className="number" title="share of attacks at or above the threshold">
              Recall
            </th>
            <th scope="col" className="number" title="share of ordinary records at or above the threshold">
              FPR
            </th>
            <th scope="col" className="number" title="the false-positive rate that the threshold was set for">
              Set for
            </th>
            <th scope="col">Captures</th>
            <th scope="col">Made</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => {
            const { id, name, createdAt, user, source, summary } = model;
            const { training, heldBack, threshold } = summary;
            const isWhole = !isDamaged(model);
            return (
              <tr key={id}>
                <td>
                  <Link to={labAddress(['models', String(id)])} className="incident-title">
                    {name}
                  </Link>
                </td>
                <td className="nowrap">{detectorName(summary.detector)}</td>
                <td>{sourceText(source)}</td>
                <td className="number">{isWhole ? exact(training.rows) : '–'}</td>
                <td className="number">{figure(heldBack.rocAuc)}</td>
                <td className="number">{figure(heldBack.recall)}</td>
                <td className="number">{figure(isWhole ? heldBack.fpr : null)}</td>
                <td className="number">{isWhole ? percentOf(threshold.targetFpr) : '–'}</td>
                <td className="nowrap" title={flowsText(model)}>
                  <Use model={model} />
                </td>
                <td className="nowrap" title={`${dateTime(createdAt / 1000, zone)} by ${user}`}>
                  {ago(createdAt, Date.now())}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Use({ model: { slots, promotable } }: { model: KeptModel }) {
  if (slots.length > 0) {
    return slots.map((slot) => (
      <span key={slot} className="tag lab-selected">
        lab:{slot}
      </span>
    ));
  }
  return <span className="dim">{promotable.by === null ? 'not on flows' : 'can be promoted'}</span>;
}

const SHOWN = 20;

function History() {
  const zone = useZone();
  const { data, error } = usePromotions();
  if (error) return <ErrorNote error={error} />;
  if (!data || data.history.length === 0) return null;
  return (
    <Panel title="What was changed" note="latest first; the audit log has all of it">
      <ol className="lab-changes">
        {data.history.slice(0, SHOWN).map((change) => (
          <li key={change.id}>
            <span className="dim nowrap">{dateTime(change.at / 1000, zone)}</span>
            <span>{promotionText(change)}</span>
            <span>
              {change.why} <span className="dim">{change.user}</span>
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
