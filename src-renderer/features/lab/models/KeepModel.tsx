/** From an experiment's result: trains the detector that is looked at once more, and keeps it. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ExperimentRow, LabResult, ParameterSearch } from '../../../../src-shared/contract/topics/lab.ts';
import { ErrorNote } from '../../../components/states.tsx';
import { useAct, useAsk } from '../../../lib/desk.tsx';
import { counted } from '../../../lib/numbers.ts';
import { go } from '../../../lib/place.tsx';
import { useLock } from '../../../lib/role.ts';
import { keepingSeconds, roughly } from '../estimate.ts';
import { labAddress } from '../place.ts';
import { useMachine } from '../use-slowness.ts';
import { detectorName, valuesText } from '../words.ts';
import { keptOptions } from './words.ts';

interface KeepModelProps {
  row: ExperimentRow;
  run: LabResult;
  /** What the experiment tried, by detector. */
  search: readonly ParameterSearch[] | undefined;
}

export function KeepModel({ row, run, search }: KeepModelProps) {
  const lock = useLock();
  const [open, setOpen] = useState(false);
  const choices = useAsk('model choices', (client, signal) => client.models.choices({}, { signal })).data;
  const can = choices?.detectors.some(({ id }) => id === run.detector) ?? false;
  const why = choices && !can ? 'What this detector learns cannot be kept in a file.' : undefined;
  const title = lock.title ?? why;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        disabled={lock.disabled || !can}
        {...(title === undefined ? {} : { title })}
        onClick={() => setOpen(true)}
      >
        Keep a model
      </Button>
      {open ? <Dialog row={row} run={run} search={search} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Dialog({ row, run, search, onClose }: KeepModelProps & { onClose(): void }) {
  const { options } = row;
  const [name, setName] = useState(`${row.name} · ${detectorName(run.detector)}`.slice(0, 200));
  const { act, busy, error } = useAct();
  const { parameters = {} } = keptOptions(options, run, search);
  const { slowness, known } = useMachine();
  const seconds = keepingSeconds(row, run.detector, known, slowness);
  const train = async (): Promise<void> => {
    await act(async (client) => {
      const { job } = await client.models.train({
        name: name.trim(),
        data: { kind: 'experiment', experiment: row.id },
        options: keptOptions(options, run, search),
      });
      go(labAddress(['models'], { job: String(job) }));
    });
  };
  return (
    <Modal opened onClose={onClose} title={`Keep ${detectorName(run.detector)}`}>
      <form
        className="lab-dialog-fields"
        onSubmit={(event) => {
          event.preventDefault();
          void train();
        }}
      >
        {error ? <ErrorNote error={error} /> : null}
        <p>
          It is trained once more with the options of the experiment and seed {run.seed}, on{' '}
          {options.train.length === 1 ? 'the training file' : `all ${counted(options.train.length, 'training file')}`}
          {options.test.length === 0 ? ', with the part that judged here.' : '; test data stay out of it.'} Its own
          figures are of records that are held back from that{options.holdBack === 'shifted' ? ', at random' : ''}.
        </p>
        {seconds === null ? null : <p className="dim">It will take {roughly(seconds)}.</p>}
        {Object.keys(parameters).length > 0 ? <p className="dim">Parameters: {valuesText(parameters)}</p> : null}
        <TextInput
          size="xs"
          label="Name"
          data-autofocus
          maxLength={200}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <div className="lab-start lab-dialog">
          <Button type="submit" loading={busy} disabled={name.trim() === ''}>
            Train and keep
          </Button>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Modal>
  );
}
