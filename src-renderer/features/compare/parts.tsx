import type { Comparison } from '../../../src-shared/contract/topics/compare.ts';
import { bytes } from '../../lib/numbers.ts';
import { Link, viewAddress } from '../../lib/place.tsx';

/** An address that leads to its page in the capture of its side, and what it is called. */
export function Named({ address, name, capture }: { address: string; name: string; capture: number | undefined }) {
  return (
    <>
      {capture === undefined ? (
        address
      ) : (
        <Link to={viewAddress('hosts', [address], { t: '' }, capture)}>{address}</Link>
      )}
      {name === '' ? null : <span className="dim"> {name}</span>}
    </>
  );
}

/** In the comparison's measure. */
export function amountText(value: number, { measure }: Comparison): string {
  return `${bytes(Math.abs(value))}${measure === 'bytes' ? '' : '/h'}`;
}

/** With its sign. */
export function changeText(value: number, found: Comparison): string {
  return `${value < 0 ? '−' : '+'}${amountText(value, found)}`;
}
