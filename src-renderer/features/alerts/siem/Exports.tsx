/** Continuous exports: what a SIEM or another system is told while a session runs. */
import { Button } from '@mantine/core';
import { Panel } from '../../../components/Panel.tsx';
import { Empty, Shown } from '../../../components/states.tsx';
import { counted } from '../../../lib/numbers.ts';
import { go } from '../../../lib/place.tsx';
import { useAdminLock } from '../access.ts';
import { AlertsPage } from '../AlertsPage.tsx';
import { alertsAddress } from '../place.ts';
import { useExports } from '../use-alerts.ts';
import { ExportRow } from './ExportRow.tsx';

export function Exports() {
  const asked = useExports();
  const lock = useAdminLock();
  return (
    <AlertsPage
      at="Export for a SIEM"
      lead="While a live session runs, incidents go to a file or a log server as they open, grow and close; flows too where they are wanted."
      tools={
        <Button {...lock} size="xs" onClick={() => go(alertsAddress(['siem', 'new']))}>
          New export
        </Button>
      }
    >
      <Shown asked={asked} what="the exports">
        {({ exports }) =>
          exports.length === 0 ? (
            <Panel title="Exports">
              <Empty title="Nothing is exported">
                A new export appends each event as one line to a file, or sends it to a log server by syslog. What is
                suppressed or marked as expected is left out.
              </Empty>
            </Panel>
          ) : (
            <Panel title={counted(exports.length, 'export')}>
              <ul className="alert-channels">
                {exports.map((each) => (
                  <ExportRow key={each.id} shown={each} />
                ))}
              </ul>
            </Panel>
          )
        }
      </Shown>
    </AlertsPage>
  );
}
