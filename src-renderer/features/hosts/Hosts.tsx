/** Hosts by risk, or the page of one. */
import { useCapture } from '../../lib/capture.ts';
import { usePlace } from '../../lib/place.tsx';
import { HostPage } from './HostPage.tsx';
import './hosts.css';
import { HostTable } from './HostTable.tsx';

export default function Hosts() {
  const capture = useCapture();
  const [address] = usePlace().rest;
  return address === undefined ? <HostTable capture={capture} /> : <HostPage capture={capture} address={address} />;
}
