/** The incidents of a capture, or one of them. */
import { usePlace } from '../../lib/place.tsx';
import { CaptureIncidents } from './CaptureIncidents.tsx';
import { Incident } from './Incident.tsx';

export default function Incidents() {
  const { capture, rest } = usePlace();
  const [uid] = rest;
  if (capture === null) return null;
  return uid === undefined ? <CaptureIncidents capture={capture} /> : <Incident capture={capture} uid={uid} />;
}
