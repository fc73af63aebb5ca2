/** Search and choice of a set above a list of rules. */
import { Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { useParams } from '../../lib/place.tsx';
import { useSources } from './use-sources.ts';

const TYPING_MS = 200;

export function RuleSearch({ label, hint, children }: { label: string; hint: string; children?: ReactNode }) {
  const [params, setParams] = useParams();
  const sought = params['search'] ?? '';
  const [search, setSearch] = useState(sought);
  const apply = useDebouncedCallback((text: string) => setParams({ search: text }, true), TYPING_MS);
  useEffect(() => setSearch(sought), [sought]);
  const field = useRef<HTMLInputElement>(null);
  useKeys('Rules & lists', [{ ...KEYS.search, run: () => field.current?.focus() }]);
  const sources = useSources().data?.sources ?? [];
  return (
    <>
      {children}
      <TextInput
        ref={field}
        size="xs"
        w={240}
        aria-label={label}
        placeholder={hint}
        value={search}
        onChange={({ currentTarget }) => {
          setSearch(currentTarget.value);
          apply(currentTarget.value);
        }}
      />
      <Select
        size="xs"
        w={192}
        aria-label="Set"
        placeholder="All sets"
        clearable
        data={sources.map(({ id, name }) => ({ value: String(id), label: name }))}
        value={params['set'] ?? null}
        onChange={(value) => setParams({ set: value ?? '' })}
      />
    </>
  );
}

/** What of the address narrows the list. */
export function narrowed(params: Record<string, string>): { search: string; source?: number } {
  const source = Number(params['set'] ?? '');
  const chosen = Number.isSafeInteger(source) && source > 0 ? { source } : {};
  return { search: params['search'] ?? '', ...chosen };
}
