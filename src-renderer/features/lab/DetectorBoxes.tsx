/** Which detectors take part: those that are fast first, each with the time it takes. */
import { Checkbox } from '@mantine/core';
import type { ReactNode } from 'react';
import { OF_HOSTS, usualSeconds } from '../../../src-shared/domain/lab-costs.ts';
import { roughly } from './estimate.ts';
import { BASELINES, detectorName, detectorWords } from './words.ts';

interface DetectorBoxesProps {
  all: readonly string[];
  without: readonly string[];
  /** Those that take long. */
  slow: readonly string[];
  /** Seconds of each, chosen or not; null: nothing is known of the files yet. */
  times: ReadonlyMap<string, number> | null;
  /** The records say whose they are. */
  hosts: boolean;
  /** null: the slow ones, whichever they are. */
  onChange(without: string[] | null): void;
}

export function DetectorBoxes({ all, without, slow, times, hosts, onChange }: DetectorBoxesProps): ReactNode {
  const set = (id: string, on: boolean): void =>
    onChange(on ? without.filter((each) => each !== id) : [...without, id]);
  return (
    <fieldset className="lab-detectors">
      <legend>Detectors</legend>
      <div className="lab-boxes">
        {[...all]
          .sort((a, b) => Math.round(usualSeconds(a)) - Math.round(usualSeconds(b)))
          .map((id) => (
            <Checkbox
              key={id}
              size="xs"
              label={BASELINES.includes(id) ? `${detectorName(id)} (baseline)` : detectorName(id)}
              description={described(id, slow.includes(id), hosts, times?.get(id))}
              checked={!without.includes(id)}
              onChange={({ currentTarget }) => set(id, currentTarget.checked)}
            />
          ))}
      </div>
      <p className="dim">
        <Choose name="All" onClick={() => onChange([])} /> ·{' '}
        {slow.length > 0 ? (
          <>
            <Choose name="Fast ones" onClick={() => onChange(null)} /> ·{' '}
          </>
        ) : null}
        <Choose name="None" onClick={() => onChange([...all])} /> · The baselines, mean z² and the one-line rule, are
        judged beside whatever is chosen.
      </p>
    </fieldset>
  );
}

function described(id: string, isSlow: boolean, hosts: boolean, seconds: number | undefined): string {
  const lacking = !hosts && OF_HOSTS.includes(id);
  const known = seconds === undefined ? (isSlow ? 'slow' : '') : roughly(seconds);
  const time = lacking ? 'left out of these records, which name no hosts' : known;
  return [detectorWords(id), time].filter((part) => part !== '').join('; ');
}

function Choose({ name, onClick }: { name: string; onClick(): void }) {
  return (
    <button type="button" className="text-button" onClick={onClick}>
      {name}
    </button>
  );
}
