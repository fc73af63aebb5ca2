/** Sets of rules and lists of indicators, one a row. */
import { Button, Switch } from '@mantine/core';
import { useState } from 'react';
import type { RuleSourceRow } from '../../../src-shared/contract/topics/rules.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAct } from '../../lib/desk.tsx';
import { counted, exact } from '../../lib/numbers.ts';
import { Link } from '../../lib/place.tsx';
import { useLock } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';
import { AddSource } from './AddSource.tsx';
import { rulesAddress } from './place.ts';
import { UpdateSource } from './UpdateSource.tsx';
import { useSources } from './use-sources.ts';
import { ageText, contentText, cutText, isRules, KIND_WORDS, ORIGIN_WORDS } from './words.ts';

export function Sets() {
  const asked = useSources();
  return (
    <Panel
      title="Sets and lists"
      note="captures that are opened, and sessions, are looked at by what is on"
      tools={<AddSource />}
    >
      <Shown asked={asked} what="sets and lists">
        {({ sources, cut }) =>
          sources.length === 0 ? (
            <Empty title="There are no rules and no lists">
              Add files of rules in Suricata’s language, Sigma rules, or lists of addresses, names and URLs that are
              known to be bad.
            </Empty>
          ) : (
            <div className="table-scroll">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">What</th>
                    <th scope="col">Holds</th>
                    <th scope="col">Refused</th>
                    <th scope="col">Read</th>
                    <th scope="col" className="number">
                      Hits
                    </th>
                    <th scope="col">Last hit</th>
                    <th scope="col">On</th>
                    <th scope="col">
                      <span className="sr-only">What can be done</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {sources.map((source) => (
                    <Row key={source.id} source={source} />
                  ))}
                </tbody>
              </table>
              {sources.every(({ origin }) => origin === 'own') ? <AddYours /> : null}
              {cut === null ? null : <Cut {...cut} />}
            </div>
          )
        }
      </Shown>
    </Panel>
  );
}

/** Beside Sonde's own rules there is nothing yet. */
function AddYours() {
  return (
    <p className="dim">
      Yours can be added: rules in Suricata’s language, Sigma rules, and lists of addresses, names and URLs that are
      known to be bad, or that are allowed. What is added looks at captures that are opened from then on.
    </p>
  );
}

function Cut({ looks, lastAt }: { looks: number; lastAt: number }) {
  const zone = useZone();
  return (
    <p className="dim">
      {cutText(looks)} Last on {dateTime(lastAt / 1000, zone)}.
    </p>
  );
}

function Row({ source }: { source: RuleSourceRow }) {
  const zone = useZone();
  const { act, busy, error } = useAct();
  const lock = useLock();
  const { id, name, kind, origin, path, enabled, refused, readAt, hits, lastHitAt } = source;
  return (
    <tr className={enabled ? '' : 'rules-off'}>
      <td className="rules-name">
        {isRules(kind) ? <Link to={rulesAddress('all', { set: String(id) })}>{name}</Link> : name}
        <div className="dim">{path === '' ? ORIGIN_WORDS[origin] : path}</div>
        {error ? <ErrorNote error={error} /> : null}
      </td>
      <td>{KIND_WORDS[kind]}</td>
      <td className="rules-holds">
        {contentText(source)}
        <Format source={source} />
        <Doubtful source={source} />
        {source.missing ? (
          <p className="rules-missing">Its files are gone from the data folder: it counts again once it is updated.</p>
        ) : null}
      </td>
      <td>
        {refused === 0 ? 'none' : <Link to={rulesAddress('refused', { set: String(id) })}>{exact(refused)}</Link>}
      </td>
      <td title={dateTime(readAt / 1000, zone)}>{ageText(readAt, Date.now())}</td>
      <td className="number">{exact(hits)}</td>
      <td className="rules-when">{lastHitAt === null ? 'never' : dateTime(lastHitAt / 1000, zone)}</td>
      <td>
        <Switch
          {...lock}
          size="xs"
          checked={enabled}
          disabled={lock.disabled || busy}
          aria-label={`${name} is on`}
          onChange={() => void act((client) => client.rules.setEnabled({ id, enabled: !enabled }))}
        />
      </td>
      <td>
        <div className="rules-buttons">
          {origin === 'own' ? null : <UpdateSource source={source} />}
          {origin === 'own' ? null : <Remove source={source} />}
        </div>
      </td>
    </tr>
  );
}

function Format({ source: { list } }: { source: RuleSourceRow }) {
  return list === null || list.format === '' ? null : <div className="dim">format: {list.format}</div>;
}

function Doubtful({ source: { list } }: { source: RuleSourceRow }) {
  if (list === null || list.doubtful.length === 0) return null;
  return (
    <details className="rules-doubt">
      <summary>{counted(list.doubtful.length, 'doubtful entry', 'doubtful entries')}</summary>
      <ul>
        {list.doubtful.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
}

function Remove({ source: { id, name } }: { source: RuleSourceRow }) {
  const [open, setOpen] = useState(false);
  const { act, busy, error } = useAct();
  const lock = useLock();
  const tell = useTell();
  const remove = async (): Promise<void> => {
    if (!(await act((client) => client.rules.remove({ id })))) return;
    setOpen(false);
    tell(`${name} was removed.`);
  };
  return (
    <>
      <Button {...lock} size="compact-xs" variant="default" aria-label={`Remove ${name}`} onClick={() => setOpen(true)}>
        Remove
      </Button>
      <Confirm
        title={`Remove ${name}?`}
        verb="Remove"
        open={open}
        busy={busy}
        onClose={() => setOpen(false)}
        onConfirm={() => void remove()}
      >
        <p>It is looked by no more. Incidents that it found stay, and so do its hits.</p>
        {error ? <ErrorNote error={error} /> : null}
      </Confirm>
    </>
  );
}
