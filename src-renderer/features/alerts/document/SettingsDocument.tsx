/** Channels, routes, policy and what is usual here as one document, to take to another Sonde. */
import { AlertsPage } from '../AlertsPage.tsx';
import { ExportDocument } from './ExportDocument.tsx';
import { ImportDocument } from './ImportDocument.tsx';
import './document.css';

export function SettingsDocument() {
  return (
    <AlertsPage
      at="Settings document"
      lead="Channels, routes, reports, exports for a SIEM, quiet and digest, networks, devices and what is silenced as one text (sonde.settings/1): for another desk, or for a Sonde without a screen (watch --settings). Secrets are not in it, only their names."
    >
      <ExportDocument />
      <ImportDocument />
    </AlertsPage>
  );
}
