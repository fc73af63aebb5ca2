import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import { SOUGHT_MAX } from '../../../src-shared/domain/search.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { go } from '../../lib/place.tsx';
import { itemGroups, type Found } from './items.ts';
import { FlowWalk } from './FlowWalk.tsx';
import { Results } from './Results.tsx';
import { useFlowSearch, type FlowSearch } from './use-flow-search.ts';

const TYPING_MS = 150;

export function SearchBox({ onGo }: { onGo(): void }) {
  const [typed, setTyped] = useState('');
  const [text] = useDebouncedValue(typed.trim(), TYPING_MS);
  const [chosen, setChosen] = useState(0);
  const id = useId();
  const asked = useAsk(`search ${text}`, (client, signal) => client.search.find({ text }, { signal }), {
    when: text !== '',
    keep: true,
  });
  const walk = useFlowSearch(text);
  const found = text === '' ? undefined : asked.data;
  const groups = useMemo(() => (found ? itemGroups(found, walk.found) : []), [found, walk.found]);
  const items = groups.flatMap((group) => group.items);
  useEffect(() => setChosen(0), [text]);
  const isFresh = found?.text === typed.trim();
  const current = Math.min(chosen, items.length - 1);

  function press(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && items.length > 0) setChosen((current + step + items.length) % items.length);
    else if (event.key === 'Enter') {
      // What is shown while somebody types on is no answer yet.
      if (!items[current] || !isFresh) return;
      go(items[current].to);
      onGo();
    } else return;
    event.preventDefault();
  }

  return (
    <div className="search-box">
      <TextInput
        data-autofocus
        role="combobox"
        aria-label="Search all captures"
        aria-expanded={items.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={items.length > 0 ? `${id}-${current}` : undefined}
        autoComplete="off"
        spellCheck={false}
        maxLength={SOUGHT_MAX}
        placeholder="Address, network, name, fingerprint, hash, user agent, port, rule"
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        onKeyDown={press}
      />
      <Results id={id} groups={groups} chosen={current} onChoose={setChosen} onGo={onGo} />
      {asked.error && text !== '' ? <ErrorNote error={asked.error} retry={asked.reload} /> : null}
      {found && isFresh ? <Foot found={found} empty={items.length === 0} walk={walk} /> : <Hint />}
    </div>
  );
}

function Hint() {
  return (
    <p className="dim">
      Arrow keys choose, Enter opens, Escape closes. What is typed is looked for in all captures of the database.
    </p>
  );
}

function Foot({ found, empty, walk }: { found: Found; empty: boolean; walk: ReturnType<typeof useFlowSearch> }) {
  return (
    <div className="search-foot">
      <p role="status">
        {empty ? `Nothing found ${beyond(walk)}` : null}
        <span className="dim">Taken for: {found.taken}.</span>
      </p>
      <FlowWalk captures={found.remaining} walk={walk} />
      <ul className="dim">
        {found.left.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}

function beyond({ state }: FlowSearch): string {
  return state === 'done' ? 'in flows either. ' : 'so far. ';
}
