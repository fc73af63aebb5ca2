/** Fields that several channels ask for in the same words, and shapes that fields repeat. */
import type { Field } from '../../types.ts';

type More = Omit<Partial<Field>, 'name' | 'label' | 'type'>;

/** One of several. `options`: what each value is called, in the order in which they are offered. */
export function choice(
  name: string,
  label: string,
  usual: string,
  options: Readonly<Record<string, string>> | readonly string[],
): Field {
  const entries = Array.isArray(options) ? options.map((value: string) => [value, value]) : Object.entries(options);
  return {
    name,
    label,
    type: 'choice',
    default: usual,
    options: entries.map(([value = '', called = '']) => ({ value, label: called })),
  };
}

/** `SHAPES`, `BODIES`: what a registry of forms offers. */
export const titles = (forms: readonly { id: string; title: string }[]): Record<string, string> =>
  Object.fromEntries(forms.map(({ id, title }) => [id, title]));

export const textField = (name: string, label: string, maxLength: number, more: More = {}): Field => ({
  name,
  label,
  type: 'text',
  maxLength,
  ...more,
});

export const secretField = (name: string, label: string, maxLength: number, more: More = {}): Field => ({
  name,
  label,
  type: 'secret',
  maxLength,
  ...more,
});

/** A whole address of the web. */
export const addressField = (name: string, label: string, more: More = {}): Field => ({
  name,
  label,
  type: 'url',
  maxLength: 2048,
  ...more,
});

/** The server that a channel of its own protocol leads to, and its port. `help`: ports that are usual. */
export const serverFields = (label: string, help: string): readonly Field[] => [
  { name: 'host', label, type: 'host', required: true, maxLength: 253 },
  { name: 'port', label: 'Port', help, type: 'port' },
];

export const ALLOW_PRIVATE: Field = {
  name: 'allowPrivate',
  label: 'Allow private targets',
  help: 'Needed where it leads to this machine or into your own network; without it, such addresses are refused.',
  type: 'switch',
  default: false,
};

export const CA_FILE: Field = textField('ca', 'Certificate authority', 4096, {
  help: 'Full path of a PEM file, where the server’s certificate comes from an authority of your own.',
});

export const PROXY: readonly Field[] = [
  addressField('proxy', 'Proxy', {
    help: 'An HTTP proxy such as http://proxy.example.com:3128; it must allow CONNECT.',
  }),
  secretField('proxyAuthorization', 'Name and password of the proxy', 1024, { help: 'As name:password.' }),
];

export const HEADERS: Field = {
  name: 'headers',
  label: 'More headers',
  help: 'One a line, as Name: value. What is secret belongs under Authorization.',
  type: 'headers',
  maxLength: 4096,
};

export const AUTHORIZATION: Field = secretField('authorization', 'Authorization', 4096, {
  help: 'The whole value of that header, for example Bearer and a token.',
});
