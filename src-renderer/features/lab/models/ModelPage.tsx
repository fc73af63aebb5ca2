/** One model: what it is, how well it does, where it may be used. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { KeptModel } from '../../../../src-shared/contract/topics/models.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { Panel } from '../../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../../components/states.tsx';
import { dateTime } from '../../../lib/clock.ts';
import { useAct } from '../../../lib/desk.tsx';
import { download } from '../../../lib/download.ts';
import { bytes, counted, exact } from '../../../lib/numbers.ts';
import { go, Link } from '../../../lib/place.tsx';
import { useLock } from '../../../lib/role.ts';
import { useZone } from '../../../lib/zone.tsx';
import { labAddress } from '../place.ts';
import { SettingsTried } from '../SettingsUsed.tsx';
import { Contest } from './Contest.tsx';
import { Fact } from './Fact.tsx';
import { Promote } from './Promote.tsx';
import { SlotActions } from './SlotActions.tsx';
import { useModels, usePromotions } from './use-models.ts';
import { figure, flowsText, percentOf, sourceText, trainingFacts } from './words.ts';

/** The model of this number, or why there is none. */
export function KnownModel({ id, children }: { id: number; children: (model: KeptModel) => ReactNode }) {
  const asked = useModels();
  return (
    <Shown asked={asked} what="the model" lines={6}>
      {({ models }) => {
        const model = models.find((each) => each.id === id);
        if (model) return children(model);
        return (
          <div className="open">
            <div className="view-head">
              <h1>No such model</h1>
            </div>
            <Empty title="It was removed, or never there">
              <Link to={labAddress(['models'])}>All models</Link>
            </Empty>
          </div>
        );
      }}
    </Shown>
  );
}

export function ModelPage({ id }: { id: number }) {
  return (
    <KnownModel id={id}>
      {(model) => (
        <div className="open">
          <Head model={model} />
          {model.notes?.before ? <Contest model={model} before={model.notes.before} /> : null}
          <Judged model={model} />
          <Uses model={model} />
          <What model={model} />
          {model.summary.search ? <SettingsTried search={model.summary.search} name={`model-${model.id}`} /> : null}
        </div>
      )}
    </KnownModel>
  );
}

function Head({ model }: { model: KeptModel }) {
  const { id, name, createdAt, user } = model;
  const zone = useZone();
  const lock = useLock();
  const { act, busy, error } = useAct();
  const [asking, setAsking] = useState<'rename' | 'remove' | null>(null);
  const close = (): void => setAsking(null);
  return (
    <>
      <div className="view-head">
        <h1>{name}</h1>
        <span className="dim">
          {dateTime(createdAt / 1000, zone)} · {user}
        </span>
        <div className="view-tools">
          <Link to={labAddress(['models'])}>All models</Link>
          <Promote model={model} />
          <Button {...lock} size="xs" variant="default" onClick={() => go(labAddress(['models', String(id), 'again']))}>
            Retrain
          </Button>
          <Button
            {...lock}
            size="xs"
            variant="default"
            disabled={lock.disabled || busy}
            onClick={() => void act(async (client) => download(await client.models.export({ id })))}
          >
            Download
          </Button>
          <Button {...lock} size="xs" variant="default" onClick={() => setAsking('rename')}>
            Rename
          </Button>
          <Button {...lock} size="xs" variant="default" onClick={() => setAsking('remove')}>
            Delete
          </Button>
        </div>
      </div>
      {error ? <ErrorNote error={error} /> : null}
      {asking === 'rename' ? <Rename model={model} onClose={close} /> : null}
      <Remove model={model} open={asking === 'remove'} onClose={close} />
    </>
  );
}

function Rename({ model, onClose }: { model: KeptModel; onClose(): void }) {
  const [name, setName] = useState(model.name);
  const { act, busy, error } = useAct();
  const save = async (): Promise<void> => {
    if (await act((client) => client.models.rename({ id: model.id, name: name.trim() }))) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={`Rename ${model.name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {error ? <ErrorNote error={error} /> : null}
        <TextInput
          label="Name"
          data-autofocus
          maxLength={200}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <div className="lab-start lab-dialog">
          <Button type="submit" loading={busy} disabled={name.trim() === ''}>
            Rename
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Remove({ model, open, onClose }: { model: KeptModel; open: boolean; onClose(): void }) {
  const { act, busy, error } = useAct();
  const used = model.slots.length > 0;
  const remove = async (): Promise<void> => {
    if (await act((client) => client.models.remove({ id: model.id }))) go(labAddress(['models']));
  };
  return (
    <Confirm
      title={`Delete ${model.name}?`}
      verb="Delete"
      open={open}
      busy={busy}
      onClose={onClose}
      onConfirm={() => void remove()}
    >
      {error ? <ErrorNote error={error} /> : null}
      <p>
        {used
          ? `It scores captures as ${model.slots.map((slot) => `lab:${slot}`).join(', ')}: roll it back or withdraw it first.`
          : 'It cannot be taken back, and cannot be rolled back to. Download it first to be able to bring it in again.'}
      </p>
    </Confirm>
  );
}

function Judged({ model }: { model: KeptModel }) {
  const { heldBack, threshold } = model.summary;
  const { normal, attack, leftOut } = heldBack;
  return (
    <Panel
      title="On records that were held back"
      note={`${counted(normal, 'ordinary record')}, ${counted(attack, 'attack')}`}
    >
      <dl className="figures lab-rates">
        <dt>ROC-AUC</dt>
        <dd>{figure(heldBack.rocAuc)}</dd>
        <dt>PR-AUC</dt>
        <dd>{figure(heldBack.prAuc)}</dd>
        <dt>Recall</dt>
        <dd>{figure(heldBack.recall)}</dd>
        <dt>False-positive rate</dt>
        <dd>{figure(heldBack.fpr)}</dd>
        <dt>Threshold</dt>
        <dd>
          {figure(threshold.score)} <span className="dim">set for {percentOf(threshold.targetFpr)}</span>
        </dd>
      </dl>
      <p className="dim">
        {leftOut.length > 0
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

function Uses({ model }: { model: KeptModel }) {
  const history = usePromotions().data?.history ?? [];
  const { id, slots, promotable, name } = model;
  return (
    <Panel title="Where it may be used">
      <p className="lab-uses">
        <Link to={labAddress(['score'], { model: String(id) })}>Score a file with it</Link>
        <Link to={labAddress(['record'], { model: String(id) })}>Try a single record</Link>
      </p>
      <p>{flowsText(model)}</p>
      {promotable.columns.length > 0 ? (
        <details className="lab-options">
          <summary>{counted(promotable.columns.length, 'column')} that packets do not give</summary>
          <p className="dim">{promotable.columns.join(', ')}</p>
        </details>
      ) : null}
      {slots.length === 0 ? (
        promotable.by === null ? null : (
          <p className="dim">It is not promoted: no capture is scored by it.</p>
        )
      ) : (
        <ul className="lab-slots">
          {slots.map((slot) => (
            <li key={slot}>
              Scores captures as <span className="tag lab-selected">lab:{slot}</span>
              <SlotActions slot={slot} name={name} history={history} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const KINDS = 12;

function What({ model }: { model: KeptModel }) {
  const { summary, source, sha256, size } = model;
  const { training, columns } = summary;
  const kinds = training.kinds.slice(0, KINDS).map(({ kind, count }) => `${kind} (${exact(count)})`);
  const more = training.kinds.length > KINDS ? ` and ${training.kinds.length - KINDS} more` : '';
  return (
    <Panel title="What it is">
      <dl className="facts">
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
        <Fact name="File" value={`${bytes(size)}, SHA-256 ${sha256}`} />
      </dl>
    </Panel>
  );
}
