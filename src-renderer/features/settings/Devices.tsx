import { Autocomplete, Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { Settings } from '../../../src-shared/contract/topics/settings.ts';
import { macOf, ROLES } from '../../../src-shared/domain/devices.ts';
import { parseAddress } from '../../../src-shared/domain/network.ts';

type Device = Settings['devices'][number];

const NEW: Device = { address: '', name: '', role: '' };
/** Roles that change a judgement come first; any other text is a role too. */
const SUGGESTED = [...ROLES.map((role) => role.title), 'Camera', 'Printer', 'Router', 'Sensor'];

export function Devices({ devices, onSave }: { devices: readonly Device[]; onSave(devices: Device[]): void }) {
  const [next, setNext] = useState<Device>(NEW);
  const [fault, setFault] = useState<string | null>(null);
  const add = (event: FormEvent): void => {
    event.preventDefault();
    if (parseAddress(next.address) === null && macOf(next.address) === null) {
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
        <Autocomplete
          size="xs"
          w={168}
          aria-label="What it is"
          placeholder="What it is"
          maxLength={100}
          data={SUGGESTED}
          value={next.role}
          onChange={(role) => setNext((now) => ({ ...now, role }))}
        />
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
