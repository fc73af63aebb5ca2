/** Cases that are open beside the desk: what they say of themselves, and the way into them. */
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { OpenedCase } from '../../../src-shared/contract/topics/cases.ts';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAct, useAsk } from '../../lib/desk.tsx';
import { bytes, counted } from '../../lib/numbers.ts';
import { caseAddress, lookAtCase } from '../../lib/opened-case.ts';
import { useLock } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';

const HASH = 64;
const MS = 1000;

export function Cases() {
  const asked = useAsk('cases', (client, signal) => client.cases.opened({}, { signal }), { topics: ['captures'] });
  const { cases = [], opening = [] } = asked.data ?? {};
  if (cases.length + opening.length === 0) return null;
  return (
    <Panel title="Opened cases" note="beside the desk, until the program ends">
      <ul className="case-list" aria-label="Opened cases">
        {opening.map((each) => (
          <Coming key={each.id} of={each} />
        ))}
        {cases.map((each) => (
          <Case key={each.id} about={each} />
        ))}
      </ul>
    </Panel>
  );
}

/** Also one that was opened by a double click, or by somebody else. */
function Coming({ of: { id, file } }: { of: { id: string; file: string } }) {
  const lock = useLock();
  const { act, busy, error } = useAct();
  return (
    <li className="case">
      <div className="case-head">
        <span role="status">Every part of {file} is being checked …</span>
        <Button
          size="compact-sm"
          variant="default"
          {...lock}
          loading={busy}
          aria-label={`Cancel opening ${file}`}
          onClick={() => void act((client) => client.cases.putAway({ id }))}
        >
          Cancel
        </Button>
      </div>
      {/* It may have been opened at that moment. */}
      {error && error.code !== 'not-found' ? <ErrorNote error={error} /> : null}
    </li>
  );
}

/** What of the packets is not in it. */
function packetsText({ captures }: OpenedCase): string {
  const without = captures.filter(({ left }) => left !== '');
  return without.map(({ name, left }) => `Without the packets of ${name}: ${left}.`).join(' ');
}

function Case({ about }: { about: OpenedCase }) {
  const zone = useZone();
  const lock = useLock();
  const { act, busy, error } = useAct();
  const size = about.parts.reduce((sum, part) => sum + part.bytes, 0);
  return (
    <li className="case">
      <div className="case-head">
        <h3>{about.title}</h3>
        <Button size="compact-sm" onClick={() => lookAtCase(about.id, caseAddress(about.captures))}>
          Look at it
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          {...lock}
          loading={busy}
          onClick={() => void act((client) => client.cases.putAway({ id: about.id }))}
        >
          Put away
        </Button>
      </div>
      {error ? <ErrorNote error={error} /> : null}
      {about.note === '' ? null : <p>{about.note}</p>}
      <p>
        {counted(about.incidents.length, 'incident')} of {counted(about.captures.length, 'capture')}, made by{' '}
        {about.createdBy} on {dateTime(about.createdAt / MS, zone)} with {about.program}. {about.file}:{' '}
        {counted(about.parts.length, 'part')}, {bytes(size)}; every part is as it was exported. {packetsText(about)}
      </p>
      <Hash of={about} />
    </li>
  );
}

/** The file alone shows that it is whole, not whose it is: that the hash which was told does. */
function Hash({ of: { sha256, title } }: { of: OpenedCase }) {
  const [typed, setTyped] = useState('');
  const given = typed.trim().toLowerCase();
  const verdict =
    given.length < HASH ? '' : given === sha256 ? 'It is the case you were told of.' : 'It is another case.';
  return (
    <div className="case-told">
      <p className="case-sha256">{sha256}</p>
      <TextInput
        size="xs"
        label="The hash you were told"
        aria-label={`The hash you were told of ${title}`}
        maxLength={2 * HASH}
        value={typed}
        error={verdict.startsWith('It is another') ? `${verdict} Ask who exported it for the file once more.` : null}
        description={verdict.startsWith('It is the') ? verdict : 'By telephone, on paper: paste it to compare.'}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
    </div>
  );
}
