/** One record, typed, pasted or taken from a flow, and what a model says of it while it is typed. */
import { Button, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Fragment, useEffect, useRef, useState } from 'react';
import type { DescribedModel } from '../../../../src-shared/contract/topics/scoring.ts';
import { Panel } from '../../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../../components/states.tsx';
import { useAsk } from '../../../lib/desk.tsx';
import { counted } from '../../../lib/numbers.ts';
import { Link, useParams, viewAddress } from '../../../lib/place.tsx';
import { useLock, VIEWER_NOTE } from '../../../lib/role.ts';
import { LabTabs } from '../LabTabs.tsx';
import { examplesFor } from './examples.ts';
import { Form } from './Form.tsx';
import { valuesOfFlow, type Values } from './from-flow.ts';
import { ModelField, useModelChoice, type ChosenModel, type ModelFile } from './ModelField.tsx';
import { readPasted } from './pasted.ts';
import './record.css';
import { scoreDigits } from './score-words.ts';
import { Verdict, type TimedVerdict } from './Verdict.tsx';

/** How long nothing is typed before it is asked, ms. */
const TYPING_MS = 120;

export function RecordPage() {
  const [file, setFile] = useState<ModelFile | null>(null);
  const model = useModelChoice(file, setFile);
  const lock = useLock();
  return (
    <div className="open">
      <div className="view-head">
        <h1>A single record</h1>
        <LabTabs at="A single record" />
      </div>
      {lock.disabled ? (
        <Empty title="Viewers do not score">{VIEWER_NOTE}</Empty>
      ) : (
        <>
          <p className="dim lab-lead">
            Fill in what is known; the verdict follows as you type. What stays blank is unknown: it is never taken for
            zero.
          </p>
          <ModelField {...model} />
          <OfModel model={model} />
        </>
      )}
    </div>
  );
}

function OfModel({ model }: { model: ChosenModel }) {
  const asked = useAsk(
    `described ${model.key}`,
    (client, signal) => client.scoring.describe({ model: model.choice }, { signal }),
    { keep: true },
  );
  return (
    <Shown asked={asked} what="the model" lines={8}>
      {(described) => <Record model={model} described={described} />}
    </Shown>
  );
}

/** The flow that the address names, as far as the model has columns for it. */
function useFlow(described: DescribedModel, take: (values: Values) => void) {
  const [params] = useParams();
  const [capture, id] = [Number(params['capture'] ?? NaN), Number(params['flow'] ?? NaN)];
  const isNamed = Number.isInteger(capture) && Number.isInteger(id) && capture > 0 && id >= 0;
  const asked = useAsk(`flow ${capture} ${id}`, (client, signal) => client.flows.get({ capture, id }, { signal }), {
    when: isNamed,
  });
  const flow = isNamed ? asked.data?.flow : undefined;
  const taken = useRef<unknown>(null);
  const { columns } = described;
  useEffect(() => {
    if (!flow || taken.current === flow) return;
    taken.current = flow;
    take(valuesOfFlow(flow, columns));
  }, [flow, columns, take]);
  return { capture, flow, error: isNamed ? asked.error : undefined };
}

function useVerdict(model: ChosenModel, values: Values) {
  const [settled] = useDebouncedValue(values, TYPING_MS);
  const record = Object.fromEntries(
    Object.entries(settled)
      .map(([name, value]): [string, string] => [name, value.trim()])
      .filter(([, value]) => value !== ''),
  );
  const isEmpty = Object.keys(record).length === 0;
  const asked = useAsk<TimedVerdict>(
    `record ${model.key} ${JSON.stringify(record)}`,
    async (client, signal) => {
      const began = performance.now();
      const verdict = await client.scoring.record({ model: model.choice, record }, { signal });
      return { ...verdict, ms: performance.now() - began };
    },
    { when: !isEmpty, keep: true },
  );
  return { asked, isEmpty };
}

function Record({ model, described }: { model: ChosenModel; described: DescribedModel }) {
  const [values, setValues] = useState<Values>({});
  const from = useFlow(described, setValues);
  // Columns of another model keep what they have in common.
  const own: Values = Object.fromEntries(
    described.columns.flatMap(({ name }) => (values[name] === undefined ? [] : [[name, values[name]]])),
  );
  const { asked, isEmpty } = useVerdict(model, own);
  const { data: verdict, error } = asked;
  const atField = error !== undefined && described.columns.some(({ name }) => name === error.where);
  const lacksAll = isEmpty || (error?.where === 'record' && !atField);
  return (
    <>
      {from.error ? <ErrorNote error={from.error} /> : null}
      {from.flow ? (
        <p>
          Filled in from flow <Link to={viewAddress('flows', [], {}, from.capture)}>{from.flow.uid}</Link>,{' '}
          {from.flow.origH} to {from.flow.respH}: {counted(Object.keys(own).length, 'field')}.{' '}
          <span className="dim">
            {from.flow.score === null
              ? 'It was not scored in its capture.'
              : `In its capture, where all of it is known, it scored ${scoreDigits(from.flow.score)}.`}
          </span>
        </p>
      ) : null}
      <div className="record">
        <div>
          <Tools described={described} values={own} onFill={setValues} />
          <Form
            model={described}
            values={own}
            verdict={lacksAll ? undefined : verdict}
            error={lacksAll ? undefined : error}
            onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))}
          />
        </div>
        <div className="record-side">
          {error && !atField && !lacksAll ? <ErrorNote error={error} retry={asked.reload} /> : null}
          {error && atField ? <ErrorNote error={error} /> : null}
          {lacksAll ? (
            <Panel title="Verdict">
              <Empty title={isEmpty ? 'Nothing is known yet' : 'Nothing is known yet that the model goes by'}>
                Fill in a protocol, bytes or packets; paste a line of CSV or JSON; or open a flow of a capture and
                choose “Score this flow”.
              </Empty>
              {isEmpty ? <Examples described={described} onFill={setValues} /> : null}
            </Panel>
          ) : verdict ? (
            <Verdict model={described} verdict={verdict} />
          ) : null}
        </div>
      </div>
    </>
  );
}

function Examples({ described, onFill }: { described: DescribedModel; onFill(values: Values): void }) {
  const examples = examplesFor(described.columns);
  if (examples.length === 0) return null;
  return (
    <p>
      Or try{' '}
      {examples.map(({ title, values }, i) => (
        <Fragment key={title}>
          {i === 0 ? '' : ', or '}
          <button type="button" className="text-button" onClick={() => onFill(values)}>
            {title}
          </button>
        </Fragment>
      ))}
      .
    </p>
  );
}

interface ToolsProps {
  described: DescribedModel;
  values: Values;
  onFill(values: Values): void;
}

function Tools({ described, values, onFill }: ToolsProps) {
  const [text, setText] = useState('');
  const [said, setSaid] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const fill = (): void => {
    const read = readPasted(text, described.columns);
    if ('fault' in read) {
      setSaid(null);
      return setFault(read.fault);
    }
    setFault(null);
    const unused = read.unused.length === 0 ? '' : `; the model has no ${read.unused.slice(0, 6).join(', ')}`;
    setSaid(`${counted(Object.keys(read.values).length, 'field')} filled in${unused}.`);
    onFill(read.values);
  };
  return (
    <details className="record-paste">
      <summary>Paste a record</summary>
      <Textarea
        size="xs"
        label="A line of CSV (under its header, or in the model’s order), or JSON"
        rows={4}
        spellCheck={false}
        value={text}
        error={fault}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <div className="lab-start">
        <Button size="compact-sm" variant="default" onClick={fill}>
          Fill in
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={Object.keys(values).length === 0}
          onClick={() => {
            setSaid(null);
            onFill({});
          }}
        >
          Clear all fields
        </Button>
        {said === null ? null : <span role="status">{said}</span>}
      </div>
    </details>
  );
}
