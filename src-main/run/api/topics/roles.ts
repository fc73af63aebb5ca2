import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { parseNetwork } from '../../../../src-shared/domain/network.ts';
import { roleTitle, type DecidedRole } from '../../../../src-shared/domain/roles.ts';
import { DEFAULT_SETTINGS, settingsShape, type Settings } from '../../../../src-shared/contract/topics/settings.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { withNetwork } from '../../../detect/roles/networks.ts';
import { DESK_SETTINGS } from '../../../keep/store/queries/common.ts';
import type { Desk } from '../desk.ts';

const ROLES_MAX = 1000;
const NETWORKS_MAX = 256;
/** Two who decide at the same time: the later one begins anew, so often. */
const TRIES = 5;

const wrong = (what: string, where: string, cure: string): SondeError =>
  new SondeError('bad-request', what, where, cure);

/** Changes the settings from what they are at this moment. @throws SondeError */
async function change({ store }: Desk, how: (settings: Settings) => Settings): Promise<Settings> {
  for (let i = 0; i < TRIES; i++) {
    const before = await store.setting(DESK_SETTINGS);
    const parsed = settingsShape.safeParse({ ...DEFAULT_SETTINGS, ...(before as object | undefined) });
    const next = how(parsed.success ? parsed.data : DEFAULT_SETTINGS);
    if (await store.swapSetting(DESK_SETTINGS, before, next)) return next;
  }
  throw new SondeError('too-many', 'the settings are being changed by others', 'settings', 'Try again.');
}

const isSame = (one: DecidedRole, { address, role }: Pick<DecidedRole, 'address' | 'role'>): boolean =>
  one.address === address && one.role === role;

export function roleHandlers(desk: Desk): DeskHandlers['roles'] {
  const { readers } = desk;
  return {
    list: (input, { signal }) => readers.ask('rolesOf', [input], signal),
    decide: async ({ capture, address, role, decision }, { caller }) => {
      const { proposed, others } = await readers.ask('rolesOf', [{ capture }]);
      const proposal = (proposed ?? []).find((one) => isSame({ ...one, decision: 'confirmed' }, { address, role }));
      const before = others.find((one) => isSame(one, { address, role }));
      if (!proposal && (!before || decision !== null))
        throw wrong(`${address} does not seem to be a ${roleTitle(role)} in this capture`, 'address', 'Look again.');
      const within = proposal?.within ?? [];
      await change(desk, (settings) => {
        const rest = settings.roles.filter((one) => !isSame(one, { address, role }));
        if (decision !== null && rest.length >= ROLES_MAX)
          throw wrong(`${ROLES_MAX} roles are decided already`, 'roles', 'Take some back.');
        return { ...settings, roles: decision === null ? rest : [...rest, { address, role, decision, within }] };
      });
      const where = decision === 'confirmed' && within.length > 0 ? ` in ${within.join(', ')}` : '';
      const what = `${roleTitle(role)}: ${decision ?? 'undecided again'}${where}`;
      await desk.audit(caller.user, 'role', address, what);
      desk.changes.tell({ what: 'settings', capture: null });
      return {};
    },
    addNetwork: async ({ capture, network }, { caller }) => {
      const { networks } = await readers.ask('rolesOf', [{ capture }]);
      if (parseNetwork(network) === null || !networks.some((one) => one.network === network))
        throw wrong(`${network} was not found in this capture`, 'network', 'Name it in the settings.');
      const settings = await change(desk, (now) => {
        const all = withNetwork(now.networks, network);
        if (all.length > NETWORKS_MAX)
          throw wrong(`${NETWORKS_MAX} networks are ours already`, 'network', 'Join some.');
        return { ...now, networks: all };
      });
      await desk.audit(caller.user, 'settings', 'networks', JSON.stringify({ networks: settings.networks }));
      desk.changes.tell({ what: 'settings', capture: null });
      return { networks: settings.networks };
    },
  };
}
