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
import { counted } from '../../../lib/numbers.ts';
import { go, Link, viewAddress } from '../../../lib/place.tsx';
import { useLock } from '../../../lib/role.ts';
import { useZone } from '../../../lib/zone.tsx';
import { labAddress } from '../place.ts';
import { SettingsTried } from '../SettingsUsed.tsx';
import { Contest } from './Contest.tsx';
import { Judged, What } from './Facts.tsx';
import { Promote } from './Promote.tsx';
import { SlotActions } from './SlotActions.tsx';
import { useModels, usePromotions } from './use-models.ts';
import { flowsText } from './words.ts';

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
        <>
          <p className="dim lab-after">
            Captures that are <Link to={viewAddress('open')}>opened</Link> from now on are scored by it; their overview
            says how many flows reached its threshold.
          </p>
          <ul className="lab-slots">
            {slots.map((slot) => (
              <li key={slot}>
                Scores captures as <span className="tag lab-selected">lab:{slot}</span>
                <SlotActions slot={slot} name={name} history={history} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}
