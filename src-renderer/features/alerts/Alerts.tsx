/** Alerts: the channels they leave by, which go where and when, and what became of them. */
import { Empty, Loading } from '../../components/states.tsx';
import { usePlace } from '../../lib/place.tsx';
import '../open/open.css';
import { useAccess } from './access.ts';
import './alerts.css';
import { ChangeChannel } from './channels/ChangeChannel.tsx';
import { Channels } from './channels/Channels.tsx';
import { NewChannel } from './channels/NewChannel.tsx';
import { Deliveries } from './deliveries/Deliveries.tsx';
import { SettingsDocument } from './document/SettingsDocument.tsx';
import { alertsPlace } from './place.ts';
import { Policy } from './Policy.tsx';
import { ReportPage } from './reports/ReportPage.tsx';
import { Reports } from './reports/Reports.tsx';
import { RoutePage } from './routes/RoutePage.tsx';
import { ExportPage } from './siem/ExportPage.tsx';
import { Exports } from './siem/Exports.tsx';
import { Routes } from './routes/Routes.tsx';

export default function Alerts() {
  const access = useAccess();
  if (access === undefined) return <Loading what="alerts" />;
  return access === 'none' ? <NotForYou /> : <Part />;
}

function NotForYou() {
  return (
    <>
      <div className="view-head">
        <h1>Alerts</h1>
      </div>
      <Empty title="Your role may not look at this">
        Where alerts are sent to is not for everyone to see. Ask an administrator for the role of an analyst, who may
        look, or of an administrator, who may change it. The incidents themselves stand in the alert history.
      </Empty>
    </>
  );
}

function Part() {
  const place = alertsPlace(usePlace().rest);
  switch (place.what) {
    case 'channels':
      return <Channels />;
    case 'new-channel':
      return <NewChannel />;
    case 'channel':
      return <ChangeChannel key={place.id} id={place.id} />;
    case 'routes':
      return <Routes />;
    case 'new-route':
      return <RoutePage key="new" index={null} />;
    case 'route':
      return <RoutePage key={place.index} index={place.index} />;
    case 'reports':
      return <Reports />;
    case 'new-report':
      return <ReportPage key="new" id={null} />;
    case 'report':
      return <ReportPage key={place.id} id={place.id} />;
    case 'siem':
      return <Exports />;
    case 'new-export':
      return <ExportPage key="new" id={null} />;
    case 'export':
      return <ExportPage key={place.id} id={place.id} />;
    case 'deliveries':
      return <Deliveries />;
    case 'policy':
      return <Policy />;
    case 'document':
      return <SettingsDocument />;
  }
}
