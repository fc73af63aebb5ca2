/** The routes: which incidents go to which channels, and when. */
import { Button, Switch } from '@mantine/core';
import type { AlertRoute } from '../../../../src-shared/contract/topics/alerts.ts';
import { Panel } from '../../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { counted } from '../../../lib/numbers.ts';
import { go, Link } from '../../../lib/place.tsx';
import { useAdminLock } from '../access.ts';
import { AlertsPage } from '../AlertsPage.tsx';
import { alertsAddress } from '../place.ts';
import { useAlerts } from '../use-alerts.ts';
import { useChange } from './use-change.ts';
import { routeText } from './words.ts';

const begin = (): void => go(alertsAddress(['routes', 'new']));

export function Routes() {
  const asked = useAlerts();
  const lock = useAdminLock();
  const ready = (asked.data?.channels.length ?? 0) > 0;
  return (
    <AlertsPage
      at="Routes"
      lead="Which incidents go to which channels. Every route counts: an incident that fits several goes to the channels of all of them, to each once."
      tools={
        ready ? (
          <Button {...lock} size="xs" onClick={begin}>
            New route
          </Button>
        ) : undefined
      }
    >
      <Shown asked={asked} what="the routes">
        {({ routes, channels }) => {
          const names = new Map(channels.map(({ id, name }) => [id, name]));
          return <List routes={routes} names={names} />;
        }}
      </Shown>
    </AlertsPage>
  );
}

interface ListProps {
  routes: readonly AlertRoute[];
  /** Of channels, by id. */
  names: ReadonlyMap<string, string>;
}

function List({ routes, names }: ListProps) {
  const lost = [...names].filter(([id]) => !routes.some(({ enabled, channels }) => enabled && channels.includes(id)));
  return (
    <Panel title={routes.length === 0 ? 'Routes' : counted(routes.length, 'route')}>
      {routes.length === 0 ? (
        <Nothing names={names} />
      ) : (
        <>
          <ol className="alert-routes">
            {routes.map((route, at) => (
              <Row key={`${at} ${JSON.stringify(route)}`} route={route} number={at + 1} names={names} />
            ))}
          </ol>
          {lost.length === 0 ? null : (
            <p className="alert-unreached alert-foot">
              No route leads to {lost.map(([, name]) => name).join(', ')}: nothing but tests is sent there.
            </p>
          )}
        </>
      )}
    </Panel>
  );
}

function Nothing({ names }: { names: ReadonlyMap<string, string> }) {
  if (names.size === 0) {
    return (
      <Empty title="There is no channel yet">
        A route leads to channels. <Link to={alertsAddress(['new'])}>Make one first.</Link>
      </Empty>
    );
  }
  return (
    <Empty title="There is no route">
      So every channel is sent warnings and critical incidents of all hosts, at any hour. The first route takes the
      place of that: from then on only what a route names is sent.
    </Empty>
  );
}

function Row({ route, number, names }: { route: AlertRoute; number: number; names: ReadonlyMap<string, string> }) {
  const lock = useAdminLock();
  const tell = useTell();
  const { change, busy, error } = useChange();
  const said = routeText(route, names);
  const called = route.name === '' ? `route ${number}` : route.name;
  const remove = async (): Promise<void> => {
    if (!(await change(route, null))) return;
    tell(`Removed: ${said}.`, { label: 'Put it back', run: () => void change(null, route) });
  };
  return (
    <li className={route.enabled ? '' : 'alert-route-off'}>
      <div className="alert-route-words">
        {route.name === '' ? null : <strong>{route.name}</strong>}
        <span>{said}</span>
      </div>
      <div className="alert-channel-tools">
        <Button
          {...lock}
          size="compact-xs"
          variant="default"
          aria-label={`Change ${called}`}
          onClick={() => go(alertsAddress(['routes', String(number)]))}
        >
          Change
        </Button>
        <Button
          {...lock}
          size="compact-xs"
          variant="default"
          aria-label={`Remove ${called}`}
          disabled={lock.disabled || busy}
          onClick={() => void remove()}
        >
          Remove
        </Button>
        <Switch
          {...lock}
          size="xs"
          aria-label={`${called} on or off`}
          label={route.enabled ? 'on' : 'off'}
          checked={route.enabled}
          onChange={({ currentTarget }) => void change(route, { ...route, enabled: currentTarget.checked })}
        />
      </div>
      {error ? <ErrorNote error={error} /> : null}
    </li>
  );
}
