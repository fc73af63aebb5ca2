/** The flow table: filter, totals of what it lets through, rows, and what can be done with a value. */
import { useMemo } from 'react';
import type { FlowSort } from '../../../src-shared/domain/flow.ts';
import { FLOW_SORTS } from '../../../src-shared/domain/flow.ts';
import { parseFilter } from '../../../src-shared/domain/filter/parse.ts';
import { useCapture } from '../../lib/capture.ts';
import { useParams, useRange } from '../../lib/place.tsx';
import { FilterField } from './FilterField.tsx';
import { FlowTable } from './FlowTable.tsx';
import './flows.css';
import { SavedFilters } from './SavedFilters.tsx';

export interface FlowSelection {
  capture: number;
  filter: string;
  incident?: string;
  range?: { from: number; to: number };
}

export interface FlowOrder {
  sort: FlowSort;
  descending: boolean;
}

export default function Flows() {
  const capture = useCapture();
  const [params, setParams] = useParams();
  const [range] = useRange();
  const typed = params['q'] ?? '';
  const incident = params['incident'] ?? '';
  const selection = useMemo<FlowSelection>(() => {
    // An address may carry anything; a filter that cannot be read is shown with its fault, and not asked for.
    const filter = parseFilter(typed).ok ? typed : '';
    return { capture, filter, ...(incident === '' ? {} : { incident }), ...(range ? { range } : {}) };
  }, [capture, typed, incident, range]);
  const order = useMemo<FlowOrder>(
    () => ({ sort: FLOW_SORTS.find((sort) => sort === params['sort']) ?? 'ts', descending: params['down'] === '1' }),
    [params],
  );
  const filterBy = (q: string): void => setParams({ q });
  return (
    <div className="flows">
      <h1 className="sr-only">Flows</h1>
      <div className="filter-line">
        <FilterField capture={capture} value={typed} onApply={filterBy} />
        <SavedFilters filter={typed} onChoose={filterBy} />
      </div>
      <FlowTable
        selection={selection}
        order={order}
        onOrder={({ sort, descending }) =>
          setParams({ sort: sort === 'ts' ? '' : sort, down: descending ? '1' : '' }, true)
        }
        onFilter={filterBy}
        onDropIncident={() => setParams({ incident: '' })}
      />
    </div>
  );
}
