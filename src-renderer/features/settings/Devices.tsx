import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { Settings } from '../../../src-shared/contract/topics/settings.ts';
import { parseAddress } from '../../../src-shared/domain/network.ts';

type Device = Settings['devices'][number];

const NEW: Device = { address: '', name: '', role: '' };
/** A hardware address is as good as an IP address. */
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

export function Devices({ devices, onSave }: { devices: readonly Device[]; onSave(devices: Device[]): void }) {
  const [next, setNext] = useState<Device>(NEW);
  const [fault, setFault] = useState<string | null>(null);
  const add = (event: FormEvent): void => {
    event.preventDefault();
    if (parseAddress(next.address) === null && !MAC.test(next.address)) {
      setFault('Write an address like 10.0.0.5 or a4:83:e7:c9:a5:2c.');
      return;
    }
    setFault(null);
    onSave([...devices.filter(({ address }) => address !== next.address), next]);
    setNext(NEW);
  };
  const field = (name: keyof Device, label: string, w: number) => (
    <TextInput
      size="xs"
      w={w}
      aria-label={label}
      placeholder={label}
      maxLength={name === 'address' ? 64 : 100}
      value={next[name]}
      onChange={({ currentTarget: { value } }) => setNext((now) => ({ ...now, [name]: value }))}
    />
  );
  return (
    <>
      {devices.length > 0 ? (
        <table className="table">
          <tbody>
            {devices.map(({ address, name, role }) => (
              <tr key={address}>
                <td className="nowrap">{address}</td>
                <td>{name}</td>
                <td>{role}</td>
                <td className="number">
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`Remove ${address}`}
                    onClick={() => onSave(devices.filter((device) => device.address !== address))}
                  >
                    Remove
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      <form className="device-form" onSubmit={add}>
        {field('address', 'Address', 152)}
        {field('name', 'Name', 136)}
        {field('role', 'What it is', 136)}
        <Button size="xs" variant="default" type="submit" disabled={next.address === ''}>
          Add
        </Button>
      </form>
      {fault === null ? null : (
        <p className="job-error" role="alert">
          {fault}
        </p>
      )}
    </>
  );
}
