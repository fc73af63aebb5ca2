/** What a fleet is connected with: its server, how to get in, and whose words count. */
import { PasswordInput, Switch, TextInput } from '@mantine/core';
import { CERTIFICATES_MAX, PRIVATE_KEY_MAX, SENSORS_TEXT_MAX } from '../../../src-shared/contract/topics/fleet.ts';
import type { FleetSource } from '../../../src-shared/contract/topics/fleet.ts';
import { Setting } from '../settings/Setting.tsx';
import { isSecure, keptText, type Draft, type FileField } from './draft.ts';
import { TextFile } from './TextFile.tsx';

const [ADDRESS_MAX, USER_MAX, GROUP_MAX, PASSWORD_MAX] = [1000, 128, 64, 1024];
const PEM = '.pem,.crt,.cer,.key';

interface Props {
  draft: Draft;
  /** What is kept; null: nothing. */
  source: FleetSource | null;
  onChange(part: Partial<Draft>): void;
}

export function Fields(props: Props) {
  return (
    <>
      <Server {...props} />
      <Whose {...props} />
      {isSecure(props.draft.address) ? <Secure {...props} /> : null}
    </>
  );
}

function Server({ draft, source, onChange }: Props) {
  return (
    <>
      <Setting
        name="Address"
        help="Of the fleet’s Redis server: rediss:// is with TLS (what it needs is asked for below), redis:// sends all in the clear."
      >
        <TextInput
          size="xs"
          aria-label="Address"
          placeholder="rediss://redis.example.org:6379"
          maxLength={ADDRESS_MAX}
          spellCheck={false}
          value={draft.address}
          onChange={({ currentTarget }) => onChange({ address: currentTarget.value })}
        />
      </Setting>
      <Setting
        name="Allow private targets"
        help="The server lies in your own network or on this machine. Without this nothing is sent there, whatever its name leads to."
      >
        <Switch
          size="xs"
          aria-label="Allow private targets"
          label={draft.allowPrivate ? 'on' : 'off'}
          checked={draft.allowPrivate}
          onChange={({ currentTarget }) => onChange({ allowPrivate: currentTarget.checked })}
        />
      </Setting>
      <Setting
        name="User and password"
        help="Of Redis, with the rights of a desk. The password is kept as those of alert channels are, never in the database."
      >
        <div className="fleet-pair">
          <TextInput
            size="xs"
            aria-label="User"
            placeholder="sonde-desk"
            maxLength={USER_MAX}
            autoComplete="off"
            spellCheck={false}
            value={draft.user}
            onChange={({ currentTarget }) => onChange({ user: currentTarget.value })}
          />
          <PasswordInput
            size="xs"
            aria-label="Password"
            placeholder={source?.hasPassword && draft.password === undefined ? 'Kept, not shown.' : 'Password'}
            // A password manager would offer the one that signs in to this desk.
            autoComplete="new-password"
            maxLength={PASSWORD_MAX}
            spellCheck={false}
            value={draft.password ?? ''}
            onChange={({ currentTarget }) => onChange({ password: currentTarget.value || undefined })}
          />
        </div>
      </Setting>
    </>
  );
}

function Whose({ draft, source, onChange }: Props) {
  return (
    <>
      <Setting
        name="Sensors"
        help="Their names and public keys, as the workers read them (schema sonde.sensors/1). The list is taken over: after a change of the file choose it again."
      >
        <Chosen
          {...{ draft, source, onChange }}
          field="sensors"
          name="Sensors"
          accept=".json"
          most={SENSORS_TEXT_MAX}
          none="None yet"
          required
        />
      </Setting>
      <Setting name="Group" help="Of the workers whose incidents are shown.">
        <TextInput
          size="xs"
          w={240}
          aria-label="Group"
          placeholder="main"
          maxLength={GROUP_MAX}
          spellCheck={false}
          value={draft.group}
          onChange={({ currentTarget }) => onChange({ group: currentTarget.value })}
        />
      </Setting>
      <Setting
        name="Key for packets"
        help={
          <>
            This desk’s own private key: sensors that know it hand out the packets of an incident.{' '}
            <code className="nowrap">sonde sensor --new-key</code> makes one. Kept as the password is.
          </>
        }
      >
        <Chosen
          {...{ draft, source, onChange }}
          field="packetsKey"
          name="Key for packets"
          accept={PEM}
          most={PRIVATE_KEY_MAX}
          none="None: no packets are asked for"
        />
      </Setting>
    </>
  );
}

function Secure({ draft, source, onChange }: Props) {
  return (
    <>
      <Setting name="TLS CA" help="Certificates that may have signed the server’s (PEM).">
        <Chosen
          {...{ draft, source, onChange }}
          field="ca"
          name="TLS CA"
          accept={PEM}
          most={CERTIFICATES_MAX}
          none="None: those of the system"
        />
      </Setting>
      <Setting name="Our certificate" help="With its private key, where the server asks for one (PEM). Most do not.">
        <div className="fleet-files">
          <Chosen
            {...{ draft, source, onChange }}
            field="certificate"
            name="Our certificate"
            accept={PEM}
            most={CERTIFICATES_MAX}
            none="No certificate"
          />
          <Chosen
            {...{ draft, source, onChange }}
            field="certificateKey"
            name="Key of our certificate"
            accept={PEM}
            most={PRIVATE_KEY_MAX}
            none="No key"
          />
        </div>
      </Setting>
    </>
  );
}

interface ChosenProps extends Props {
  field: FileField;
  name: string;
  accept: string;
  most: number;
  none: string;
  required?: boolean;
}

function Chosen({ draft, source, onChange, field, ...rest }: ChosenProps) {
  return (
    <TextFile
      {...rest}
      value={draft[field]}
      kept={keptText(field, source)}
      onChange={(value) => onChange({ [field]: value })}
    />
  );
}
