import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import type { AlertRoute, ChannelField } from '../../../../src-shared/contract/topics/alerts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { isSecret } from '../../../keep/alerts/settings.ts';
import type { Field } from '../../../keep/alerts/types.ts';
import { zoneFault } from '../../../keep/alerts/zoned.ts';
import type { StoredChannel } from '../../../keep/store/types.ts';
import { channelOf, forgetSecrets, setChannel, shown, testChannel } from '../alerts/channels.ts';
import { ALERT_POLICY, readPolicy, readRoutes } from '../alerts/desk-alerts.ts';
import { exportDocument, importDocument, previewImport } from '../alerts/transfer.ts';
import { whenCancelled } from '../cancel.ts';
import type { Desk } from '../desk.ts';

type AlertHandlers = DeskHandlers['alerts'];

function fieldShown({ default: usual, options, ...field }: Field): ChannelField {
  return {
    ...field,
    ...(usual === undefined ? {} : { default: usual }),
    ...(options === undefined ? {} : { options: [...options] }),
  };
}

function checkZone(zone: string | undefined, where: string): void {
  if (zone === undefined || zone === 'system') return;
  const fault = zoneFault(zone);
  if (fault !== null) throw new SondeError('bad-request', fault, where, 'Write for example Europe/Berlin.');
}

async function setRoutes(desk: Desk, routes: AlertRoute[]): Promise<void> {
  const known = new Set((await desk.store.alertChannels()).map(({ id }) => id));
  for (const { channels, hours } of routes) {
    checkZone(hours?.timeZone, 'timeZone');
    const missing = channels.find((id) => !known.has(id));
    if (missing === undefined) continue;
    const what = `a route names the channel ${missing}, which is not there`;
    throw new SondeError('bad-request', what, missing, 'Choose another channel.');
  }
  await desk.store.setAlertRoutes(routes);
}

/** Of one that is damaged it is not known which secrets it has: all that its kind may have are forgotten. */
async function removable(desk: Desk, id: string): Promise<Pick<StoredChannel, 'name' | 'secrets'>> {
  const damaged = (await desk.store.damagedChannels()).find((each) => each.id === id);
  if (!damaged) return channelOf(desk, id);
  const fields = desk.alerts.kinds.find((kind) => kind.id === damaged.kind)?.fields ?? [];
  return { name: damaged.name, secrets: fields.filter(isSecret).map(({ name }) => name) };
}

async function removeChannel(desk: Desk, id: string): Promise<string> {
  const { name, secrets } = await removable(desk, id);
  await desk.store.removeAlertChannel(id);
  const routes = await readRoutes(desk.store);
  const left = routes.map((route) => ({ ...route, channels: route.channels.filter((each) => each !== id) }));
  // A route without channels would be one for nobody, and no route at all would send everything everywhere.
  await desk.store.setAlertRoutes(left);
  await desk.reports.forget(id);
  await forgetSecrets(desk, id, secrets);
  return name;
}

/** Puts to work what is kept then, also where a secret could not be forgotten in the end. */
async function thenReloaded<T>({ alerts, reports }: Desk, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await alerts.reload();
    await reports.reload();
  }
}

type ChannelHandlers = Pick<AlertHandlers, 'setChannel' | 'removeChannel' | 'test'>;

function channelHandlers(desk: Desk): ChannelHandlers {
  const { alerts } = desk;
  const noted = (user: string, name: string, detail: string): Promise<void> =>
    desk.audit(user, 'settings', `alert channel ${name}`, detail);
  return {
    setChannel: (change, { caller }) =>
      alerts.inTurn(async () => {
        const channel = await thenReloaded(desk, () => setChannel(desk, change));
        const secrets = Object.keys(change.secrets).filter((name) => change.secrets[name] !== '');
        const told = [change.id === undefined ? 'made' : 'changed', change.enabled ? 'on' : 'off'];
        // What they are is never noted.
        const named =
          [...secrets, ...change.forget].length > 0 ? [`secrets: ${[...secrets, ...change.forget].join(', ')}`] : [];
        await noted(caller.user, channel.name, [...told, ...named].join('; '));
        return shown(channel);
      }),
    removeChannel: ({ id }, { caller }) =>
      alerts.inTurn(async () => {
        const name = await thenReloaded(desk, () => removeChannel(desk, id));
        await noted(caller.user, name, 'removed, with what waited for it');
        return {};
      }),
    test: async (given, { caller, signal }) => {
      const result = await testChannel(desk, given, signal);
      const name = given.draft?.name ?? given.id ?? '';
      await noted(caller.user, name, `tested: ${result.ok ? 'sent' : 'not sent'}`);
      return result;
    },
  };
}

type PolicyHandlers = Pick<AlertHandlers, 'setRoutes' | 'setPolicy' | 'import'>;

function policyHandlers(desk: Desk): PolicyHandlers {
  const { alerts, store } = desk;
  return {
    setRoutes: ({ routes }, { caller }) =>
      alerts.inTurn(async () => {
        await setRoutes(desk, routes);
        await alerts.reload();
        await desk.audit(caller.user, 'settings', 'alert routes', `${routes.length} of them`);
        return { routes: await readRoutes(store) };
      }),
    setPolicy: (change, { caller }) =>
      alerts.inTurn(async () => {
        checkZone(change.timeZone, 'timeZone');
        if (change.metricsPort !== undefined) await alerts.serveMetrics(change.metricsPort);
        const given = Object.entries(change).filter(([, value]) => value !== undefined);
        await store.setSetting(ALERT_POLICY, { ...(await readPolicy(store)), ...Object.fromEntries(given) });
        await alerts.reload();
        const detail = given.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join('; ');
        await desk.audit(caller.user, 'settings', 'alert policy', detail);
        return readPolicy(store);
      }),
    import: (given, { caller }) =>
      alerts.inTurn(async () => {
        const preview = await importDocument(desk, given, caller.user);
        await alerts.reload();
        await desk.reports.reload();
        const names = preview.channels.map(({ name }) => name).join(', ');
        await desk.audit(
          caller.user,
          'settings',
          'imported',
          `channels: ${names}; routes: ${preview.routes?.count ?? 0}`,
        );
        return preview;
      }),
  };
}

export function alertHandlers(desk: Desk): AlertHandlers {
  const { alerts, store, readers } = desk;
  return {
    ...channelHandlers(desk),
    ...policyHandlers(desk),
    kinds: () => ({
      kinds: alerts.kinds.map(({ id, title, hint, fields }) => ({ id, title, hint, fields: fields.map(fieldShown) })),
    }),
    get: async () => ({
      channels: (await store.alertChannels()).map(shown),
      damaged: (await store.damagedChannels()).map(({ id, name }) => ({ id, name: name || id })),
      routes: await readRoutes(store),
      policy: await readPolicy(store),
    }),
    queue: (_, { signal }) => readers.ask('alertQueue', [], signal),
    notices: async (_, emit, { signal }) => {
      const end = desk.notices.listen(emit);
      await whenCancelled(signal);
      end();
    },
    retry: async (chosen, { caller }) => {
      const count = await store.retryDeliveries(chosen);
      alerts.service.wake();
      await desk.audit(caller.user, 'settings', 'alert queue', `${count} tried again`);
      desk.changes.tell({ what: 'alerts', capture: null });
      return { count };
    },
    drop: async (chosen, { caller }) => {
      const count = await store.dropDeliveries(chosen);
      await desk.audit(caller.user, 'settings', 'alert queue', `${count} dead letters thrown away`);
      desk.changes.tell({ what: 'alerts', capture: null });
      return { count };
    },
    export: async () => ({ document: await exportDocument(desk) }),
    previewImport: (given) => previewImport(desk, given),
  };
}
