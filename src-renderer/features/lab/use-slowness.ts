/** How fast this machine is beside the one that was measured, by the experiments that were made on it. */
import { useMemo } from 'react';
import type { KnownParameters, LabOptions } from '../../../src-shared/contract/topics/lab.ts';
import { useAsk } from '../../lib/desk.tsx';
import { slownessBy } from './estimate.ts';
import { useExperiments } from './Experiments.tsx';

type Regime = LabOptions['regime'];
type Regimes = readonly { regime: Regime; detectors: readonly string[] }[];

export function useSlowness(regimes: Regimes, known: KnownParameters) {
  const made = useExperiments().data?.experiments;
  return useMemo(() => {
    const all = Object.fromEntries(regimes.map(({ regime, detectors }) => [regime, detectors]));
    // Until it is known what an experiment of all detectors is of, none tells anything.
    const timed = regimes.length === 0 ? [] : (made ?? []);
    return slownessBy(timed, all as Record<Regime, readonly string[]>, known);
  }, [made, regimes, known]);
}

const NO_REGIMES: Regimes = [];
const NO_PARAMETERS: KnownParameters = [];

/** Where the choices of experiments are not at hand already. */
export function useMachine() {
  const lab = useAsk('lab choices', (client, signal) => client.lab.choices({}, { signal })).data;
  const known = lab?.parameters ?? NO_PARAMETERS;
  return { known, ...useSlowness(lab?.regimes ?? NO_REGIMES, known) };
}
