/** What narrows a list of incidents; kept in the address. */
import { Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import {
  INCIDENT_STATUSES,
  KINDS,
  SEVERITIES,
  type IncidentKind,
  type IncidentStatus,
  type Severity,
} from '../../../src-shared/domain/incident.ts';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { useParams } from '../../lib/place.tsx';
import { severityWord, statusWord, WORST_FIRST } from '../../lib/severity.ts';

export interface IncidentQuestion {
  search: string;
  severities?: Severity[];
  kinds?: IncidentKind[];
  statuses?: IncidentStatus[];
  host?: string;
  suppressed: 'hide' | 'show' | 'only';
}

/** From the parameters of the address; what they do not know is passed over. */
export function incidentQuestion(params: Readonly<Record<string, string>>): IncidentQuestion {
  const severity = SEVERITIES.find((each) => each === params['severity']);
  const kind = KINDS.find(({ id }) => id === params['kind'])?.id;
  const status = INCIDENT_STATUSES.find((each) => each === params['status']);
  const host = params['host'] ?? '';
  const silent = params['silent'];
  return {
    search: params['search'] ?? '',
    ...(severity ? { severities: [severity] } : {}),
    ...(kind ? { kinds: [kind] } : {}),
    ...(status ? { statuses: [status] } : {}),
    ...(host === '' ? {} : { host }),
    suppressed: silent === 'show' || silent === 'only' ? silent : 'hide',
  };
}

const TYPING_MS = 200;

export function IncidentFilters() {
  const [params, setParams] = useParams();
  const [search, setSearch] = useState(params['search'] ?? '');
  const field = useRef<HTMLInputElement>(null);
  const apply = useDebouncedCallback((text: string) => setParams({ search: text }, true), TYPING_MS);
  useEffect(() => setSearch(params['search'] ?? ''), [params]);
  useKeys('Incidents', [{ ...KEYS.search, run: () => field.current?.focus() }]);
  const choice = (name: string) => ({
    value: params[name] ?? null,
    onChange: (value: string | null) => setParams({ [name]: value ?? '' }),
    clearable: true,
    size: 'xs' as const,
  });
  return (
    <div className="view-tools" role="search">
      <TextInput
        ref={field}
        size="xs"
        w={224}
        aria-label="Search incidents"
        placeholder="Search words, hosts, domains"
        value={search}
        onChange={({ currentTarget }) => {
          setSearch(currentTarget.value);
          apply(currentTarget.value);
        }}
      />
      <Select
        {...choice('severity')}
        w={112}
        aria-label="Severity"
        placeholder="Severity"
        data={WORST_FIRST.map((value) => ({ value, label: severityWord(value) }))}
      />
      <Select
        {...choice('kind')}
        w={184}
        aria-label="Kind"
        placeholder="Kind"
        searchable
        data={KINDS.map(({ id, title }) => ({ value: id, label: title }))}
      />
      <Select
        {...choice('status')}
        w={128}
        aria-label="Status"
        placeholder="Status"
        data={INCIDENT_STATUSES.map((value) => ({ value, label: statusWord(value) }))}
      />
      <Select
        {...choice('silent')}
        w={136}
        aria-label="Silenced"
        placeholder="Not silenced"
        data={[
          { value: 'show', label: 'With silenced' },
          { value: 'only', label: 'Silenced only' },
        ]}
      />
    </div>
  );
}
