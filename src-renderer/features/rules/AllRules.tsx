/** Rules by number: what each says, what it found, whether it is on. */
import { Button, Checkbox, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { isSigmaNumber, type RuleRow } from '../../../src-shared/contract/topics/rules.ts';
import { More } from '../../components/More.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAct } from '../../lib/desk.tsx';
import { useGrowing } from '../../lib/growing.ts';
import { counted, exact } from '../../lib/numbers.ts';
import { Link, useParams, viewAddress } from '../../lib/place.tsx';
import { useLock } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';
import { narrowed, RuleSearch } from './RuleSearch.tsx';
import { RuleText } from './RuleText.tsx';
import { numberText, STATE_WORDS } from './words.ts';

const STEP = 100;
const SHOWS = [
  { value: 'all', label: 'All' },
  { value: 'on', label: 'On' },
  { value: 'off', label: 'Off' },
  { value: 'hit', label: 'With hits' },
] as const;

export function AllRules() {
  const [params, setParams] = useParams();
  const show = SHOWS.find(({ value }) => value === params['show'])?.value ?? 'all';
  const question = { ...narrowed(params), show, limit: STEP };
  const asked = useGrowing(
    `rules ${JSON.stringify(question)}`,
    (client, cursor, signal) => client.rules.list({ ...question, ...cursor }, { signal }),
    ['rules', 'captures'],
  );
  return (
    <Panel
      title={asked.data ? counted(asked.data.total, 'rule') : 'Rules'}
      tools={
        <RuleSearch label="Search the rules" hint="Number, message, class, text">
          <SegmentedControl
            size="xs"
            aria-label="Which rules"
            data={[...SHOWS]}
            value={show}
            onChange={(value) => setParams({ show: value === 'all' ? '' : value })}
          />
        </RuleSearch>
      }
    >
      <Shown asked={asked} what="the rules">
        {({ rows, total }) =>
          rows.length === 0 ? (
            <Empty title="No rule fits">Clear the search, or add rules under “Sets and lists”.</Empty>
          ) : (
            <>
              <Table rows={rows} />
              <More shown={rows.length} total={total} onMore={asked.more} busy={asked.loading} />
            </>
          )
        }
      </Shown>
    </Panel>
  );
}

function Table({ rows }: { rows: readonly RuleRow[] }) {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const { act, busy, error } = useAct();
  const lock = useLock();
  const sids = [...new Set(rows.map(({ sid }) => sid))].filter((sid) => chosen.has(sid));
  const choose = (sid: number): void => {
    const next = new Set(chosen);
    if (!next.delete(sid)) next.add(sid);
    setChosen(next);
  };
  const set = async (enabled: boolean): Promise<void> => {
    if (await act((client) => client.rules.setRules({ sids: sids.slice(0, 1000), enabled }))) setChosen(new Set());
  };
  return (
    <>
      <div className="rules-chosen">
        <span className="dim">
          {sids.length === 0 ? 'Choose rules to switch them.' : `${exact(sids.length)} chosen`}
        </span>
        <Button
          {...lock}
          size="compact-xs"
          variant="default"
          disabled={lock.disabled || sids.length === 0}
          loading={busy}
          onClick={() => void set(false)}
        >
          Switch off
        </Button>
        <Button
          {...lock}
          size="compact-xs"
          variant="default"
          disabled={lock.disabled || sids.length === 0}
          loading={busy}
          onClick={() => void set(true)}
        >
          Switch on
        </Button>
      </div>
      {error ? <ErrorNote error={error} /> : null}
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">
                <span className="sr-only">Chosen</span>
              </th>
              <th scope="col">Number</th>
              <th scope="col">Rule</th>
              <th scope="col">Class</th>
              <th scope="col">Set</th>
              <th scope="col">State</th>
              <th scope="col" className="number">
                Hits
              </th>
              <th scope="col">Last hit</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row
                key={`${row.source} ${row.sid} ${row.rev}`}
                row={row}
                chosen={chosen.has(row.sid)}
                onChoose={choose}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({ row, chosen, onChoose }: { row: RuleRow; chosen: boolean; onChoose(sid: number): void }) {
  const zone = useZone();
  const lock = useLock();
  const { sid, rev, message, classtype, sourceName, state, hits, lastHitAt, lastCapture, text } = row;
  // A hundred rules cut into parts would make the page slow.
  const [open, setOpen] = useState(false);
  const { number, rev: revision } = numberText(sid, rev);
  const last = lastHitAt === null ? 'never' : dateTime(lastHitAt / 1000, zone);
  return (
    <tr className={state === 'on' ? '' : 'rules-off'}>
      <td>
        <Checkbox
          {...lock}
          size="xs"
          checked={chosen}
          aria-label={isSigmaNumber(sid) ? `Sigma rule ${message}` : `Rule ${sid}`}
          onChange={() => onChoose(sid)}
        />
      </td>
      <td className="nowrap">
        {number} <span className="dim">{revision}</span>
      </td>
      <td className="rules-message">
        <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
          <summary>{message === '' ? 'a rule without a message' : message}</summary>
          {open ? <RuleText text={text} /> : null}
        </details>
      </td>
      <td>{classtype === '' ? 'none' : classtype}</td>
      <td className="rules-set">{sourceName}</td>
      <td className="nowrap">{STATE_WORDS[state]}</td>
      <td className="number">{exact(hits)}</td>
      <td className="rules-when">
        {lastCapture === null ? last : <Link to={viewAddress('incidents', [], {}, lastCapture)}>{last}</Link>}
      </td>
    </tr>
  );
}
