/** What was tried, newest first, and what is being tried. */
import { Button, Checkbox } from '@mantine/core';
import { useState } from 'react';
import type { ExperimentRow } from '../../../src-shared/contract/topics/lab.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { ago, dateTime } from '../../lib/clock.ts';
import { useAsk } from '../../lib/desk.tsx';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { counted, exact } from '../../lib/numbers.ts';
import { go, Link } from '../../lib/place.tsx';
import { useLock, VIEWER_NOTE } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';
import { Damaged } from './Damaged.tsx';
import { LabJobs } from './LabJobs.tsx';
import { LabTabs } from './LabTabs.tsx';
import { labAddress } from './place.ts';
import { detectorName, fixed, REGIME_WORDS } from './words.ts';

export function useExperiments() {
  return useAsk('experiments', (client, signal) => client.lab.list({}, { signal }), { topics: ['lab'] });
}

export function Experiments() {
  const asked = useExperiments();
  const lock = useLock();
  const begin = (): void => {
    if (!lock.disabled) go(labAddress(['new']));
  };
  useKeys('Lab', [{ ...KEYS.experiment, run: begin }]);
  return (
    <div className="open">
      <div className="view-head">
        <h1>Lab</h1>
        <LabTabs at="Experiments" />
        <div className="view-tools">
          <Button {...lock} size="xs" onClick={begin}>
            New experiment
          </Button>
        </div>
      </div>
      <p className="dim lab-lead">
        Labelled records in, an honest comparison out. Thresholds, weights and choices come from training data; test
        data only judge. {lock.disabled ? VIEWER_NOTE : ''}
      </p>
      <LabJobs />
      <Panel title="Experiments" note="newest first">
        <Shown asked={asked} what="the experiments">
          {({ experiments, damaged }) => (
            <>
              {experiments.length > 0 ? <Table experiments={experiments} /> : null}
              {experiments.length === 0 && damaged.length === 0 ? <NothingTried /> : null}
              <Damaged experiments={damaged} />
            </>
          )}
        </Shown>
      </Panel>
    </div>
  );
}

function NothingTried() {
  return (
    <Empty title="Nothing was tried yet">
      Begin with a labelled data set: NSL-KDD, KDD Cup 99, or a Zeek conn.log with labels. Of a capture of your own{' '}
      <code>sonde features CAPTURE --out FILE.csv</code> makes records; add a column <code>label</code> that says{' '}
      <code>normal</code> or names the attack.
    </Empty>
  );
}

function Table({ experiments }: { experiments: readonly ExperimentRow[] }) {
  const zone = useZone();
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const choose = (id: number): void =>
    setChosen((now) => (now.includes(id) ? now.filter((each) => each !== id) : [...now, id].slice(-2)));
  const [first, second] = [...chosen].sort((a, b) => a - b);
  return (
    <>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">
                <span className="sr-only">Compare</span>
              </th>
              <th scope="col">Experiment</th>
              <th scope="col">Learned from</th>
              <th scope="col">Selected</th>
              <th scope="col" className="number">
                ROC-AUC
              </th>
              <th scope="col" className="number">
                PR-AUC
              </th>
              <th scope="col" className="number">
                Recall
              </th>
              <th scope="col" className="number">
                FPR
              </th>
              <th scope="col" className="number">
                Test records
              </th>
              <th scope="col">Made</th>
            </tr>
          </thead>
          <tbody>
            {experiments.map(({ id, name, createdAt, user, options, summary }) => (
              <tr key={id}>
                <td>
                  <Checkbox
                    size="xs"
                    aria-label={`Compare ${name} (${id})`}
                    checked={chosen.includes(id)}
                    onChange={() => choose(id)}
                  />
                </td>
                <td>
                  <Link to={labAddress([String(id)])} className="incident-title">
                    {name}
                  </Link>{' '}
                  {summary.warnings > 0 ? <span className="tag">{counted(summary.warnings, 'note')}</span> : null}
                </td>
                <td className="nowrap">{REGIME_WORDS[options.regime].title}</td>
                <td className="nowrap">{detectorName(summary.selected)}</td>
                <td className="number">{fixed(summary.rocAuc)}</td>
                <td className="number">{fixed(summary.prAuc)}</td>
                <td className="number">{fixed(summary.recall)}</td>
                <td className="number">{fixed(summary.fpr)}</td>
                <td className="number">{exact(summary.testRows)}</td>
                <td className="nowrap" title={`${dateTime(createdAt / 1000, zone)} by ${user}`}>
                  {ago(createdAt, Date.now())}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="more">
        <Button
          size="compact-sm"
          variant="default"
          disabled={first === undefined || second === undefined}
          onClick={() => go(labAddress(['compare', String(first), String(second)]))}
        >
          Compare
        </Button>
        <span className="dim">Mark two experiments to see them side by side.</span>
      </div>
    </>
  );
}
