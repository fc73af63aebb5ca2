/** What Radar says, in small tables. */
import type { RadarState } from '../../../src-shared/contract/topics/enrichment.ts';

type Snapshot = NonNullable<RadarState['snapshot']>;

interface Row {
  key: string;
  name: string;
  share: number;
}

const SHOWN = 5;

export function RadarFigures({ snapshot }: { snapshot: Snapshot }) {
  const { networks, countries, floodCountries, floodVectors, mitigations, from, to } = snapshot;
  const land = ({ country, name, share }: Snapshot['countries'][number]): Row => ({ key: country, name, share });
  const part = ({ name, share }: Snapshot['floodVectors'][number]): Row => ({ key: name, name, share });
  return (
    <>
      {from === '' ? null : (
        <p className="dim">
          From {from.slice(0, 10)} to {to.slice(0, 10)}, in percent
        </p>
      )}
      <div className="radar-tables">
        <Table
          title="Attacks on web servers, by network"
          rows={networks.map(({ asn, name, share }) => ({ key: `AS${asn}`, name: `AS${asn} ${name}`, share }))}
        />
        <Table title="… by country" rows={countries.map(land)} />
        <Table title="… by what held them off" rows={mitigations.map(part)} />
        <Table title="Floods, by country" rows={floodCountries.map(land)} />
        <Table title="… by kind" rows={floodVectors.map(part)} />
      </div>
    </>
  );
}

function Table({ title, rows }: { title: string; rows: readonly Row[] }) {
  return (
    <table className="radar-table">
      <caption>{title}</caption>
      <tbody>
        {rows.slice(0, SHOWN).map(({ key, name, share }) => (
          <tr key={key}>
            <th scope="row">{name}</th>
            <td>{share.toFixed(1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
