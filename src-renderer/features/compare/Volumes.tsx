import type { Comparison } from '../../../src-shared/contract/topics/compare.ts';
import { Panel } from '../../components/Panel.tsx';
import { exact } from '../../lib/numbers.ts';
import { amountText, changeText } from './parts.tsx';

/** Rows of a table. */
const SHOWN = 12;

export function Volumes({ found }: { found: Comparison }) {
  return (
    <Panel title="Volumes" note={found.measure === 'bytes' ? 'bytes of IP packets' : 'bytes of IP packets, per hour'}>
      <div className="compare-two">
        <Volume title="By host" found={found} list={found.volumes.hosts} />
        <Volume title="By service" found={found} list={found.volumes.services} />
      </div>
    </Panel>
  );
}

interface VolumeProps {
  title: string;
  found: Comparison;
  list: Comparison['volumes']['hosts'];
}

function Volume({ title, found, list }: VolumeProps) {
  return (
    <div>
      <h3>
        {title} <span className="dim">{exact(list.total)} changed</span>
      </h3>
      <div className="table-scroll">
        <table className="table" aria-label={title}>
          <thead>
            <tr>
              <th scope="col">{title.slice('By '.length).replace(/^./, (c) => c.toUpperCase())}</th>
              {['A', 'B', 'Change'].map((name) => (
                <th key={name} scope="col" className="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {list.rows.slice(0, SHOWN).map((row) => (
              <tr key={row.key}>
                <td>
                  {row.key}
                  {row.name === '' ? null : <span className="dim"> {row.name}</span>}
                </td>
                <td className="number">{amountText(row.a, found)}</td>
                <td className="number">{amountText(row.b, found)}</td>
                <td className="number">{changeText(row.change, found)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
