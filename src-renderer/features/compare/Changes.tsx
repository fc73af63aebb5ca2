import { useState, type ReactNode } from 'react';
import { Panel } from '../../components/Panel.tsx';
import { exact } from '../../lib/numbers.ts';

export interface Column<R> {
  title: string;
  className?: string;
  cell(row: R): ReactNode;
}

interface List<R> {
  rows: readonly R[];
  total: number;
}

interface ChangesProps<R> {
  title: string;
  note?: string;
  changes: { new: List<R>; gone: List<R>; both: number };
  columns(capture: number | undefined): readonly Column<R>[];
  /** Of A and of B. */
  captures: readonly [number | undefined, number | undefined];
}

/** What is in B alone, and in A alone. */
export function Changes<R extends object>({ title, note, changes, columns, captures }: ChangesProps<R>) {
  const words = `${exact(changes.new.total)} new, ${exact(changes.gone.total)} gone, ${exact(changes.both)} in both`;
  return (
    <Panel title={title} note={note === undefined ? words : `${note}: ${words}`}>
      {changes.new.total + changes.gone.total === 0 ? (
        <p className="dim">No difference.</p>
      ) : (
        <div className="compare-two">
          <Rows title="New in B" list={changes.new} columns={columns(captures[1])} />
          <Rows title="Gone: in A alone" list={changes.gone} columns={columns(captures[0])} />
        </div>
      )}
    </Panel>
  );
}

/** Rows at first. */
const SHOWN = 8;

function Rows<R extends object>({
  title,
  list,
  columns,
}: {
  title: string;
  list: List<R>;
  columns: readonly Column<R>[];
}) {
  const [all, setAll] = useState(false);
  const shown = all ? list.rows : list.rows.slice(0, SHOWN);
  const left = list.total - list.rows.length;
  return (
    <div>
      <h3>
        {title} <span className="dim">{exact(list.total)}</span>
      </h3>
      {shown.length === 0 ? (
        <p className="dim">None.</p>
      ) : (
        <div className="table-scroll">
          <table className="table" aria-label={title}>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column.title} scope="col" className={column.className}>
                    {column.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={JSON.stringify(row)}>
                  {columns.map((column) => (
                    <td key={column.title} className={column.className}>
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!all && list.rows.length > SHOWN ? (
        <button type="button" className="text-button" onClick={() => setAll(true)}>
          Show {exact(list.rows.length)}
        </button>
      ) : null}
      {all && left > 0 ? <p className="dim">and {exact(left)} more</p> : null}
    </div>
  );
}
