/** The network cards as a list of which one is chosen. */
import type { LiveInterface } from '../../../src-shared/contract/topics/live.ts';
import { Rate } from '../../components/Rate.tsx';

interface CardsProps {
  interfaces: readonly LiveInterface[];
  chosen: string;
  onChoose(name: string): void;
}

export function Cards({ interfaces, chosen, onChoose }: CardsProps) {
  return (
    <div className="table-scroll">
      <table className="table live-cards">
        <caption className="sr-only">Network cards</caption>
        <thead>
          <tr>
            <th scope="col">Card</th>
            <th scope="col">State</th>
            <th scope="col">Addresses</th>
            <th scope="col">Link</th>
            <th scope="col" className="number">
              Packets / s
            </th>
            <th scope="col" className="number">
              Bits / s
            </th>
          </tr>
        </thead>
        <tbody>
          {interfaces.map((card) => (
            <Card key={card.name} card={card} chosen={card.name === chosen} onChoose={onChoose} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const SHOWN = 3;

function Card({ card, chosen, onChoose }: { card: LiveInterface; chosen: boolean; onChoose(name: string): void }) {
  const { name, description, addresses, up, linkType, packetsPerSecond, bitsPerSecond } = card;
  const more = addresses.length - SHOWN;
  return (
    <tr aria-selected={chosen} onClick={() => onChoose(name)}>
      <td>
        <label className="live-card">
          <input type="radio" name="card" value={name} checked={chosen} onChange={() => onChoose(name)} />
          <span className="live-card-name">{name}</span>
          {description === '' || description === name ? null : <span className="dim">{description}</span>}
        </label>
      </td>
      <td>
        <span className={up ? 'live-up' : 'live-down'}>{up ? 'up' : 'down'}</span>
      </td>
      <td title={addresses.join('\n')}>
        {addresses.slice(0, SHOWN).join(', ')}
        {more > 0 ? <span className="dim"> and {more} more</span> : null}
      </td>
      <td className="nowrap">{linkType === 'UNKNOWN' ? <span className="dim">not known yet</span> : linkType}</td>
      <Rate value={packetsPerSecond} unit="packets/s" />
      <Rate value={bitsPerSecond} unit="bits/s" />
    </tr>
  );
}
