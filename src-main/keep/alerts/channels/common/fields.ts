/** Fields that several channels ask for in the same words. */
import type { Field } from '../../types.ts';

export const ALLOW_PRIVATE: Field = {
  name: 'allowPrivate',
  label: 'Allow private targets',
  help: 'Needed where it leads to this machine or into your own network; without it, such addresses are refused.',
  type: 'switch',
  default: false,
};

export const CA_FILE: Field = {
  name: 'ca',
  label: 'Certificate authority',
  help: 'Full path of a PEM file, where the server’s certificate comes from an authority of your own.',
  type: 'text',
  maxLength: 4096,
};

export const PROXY: readonly Field[] = [
  {
    name: 'proxy',
    label: 'Proxy',
    help: 'An HTTP proxy such as http://proxy.example.com:3128; it must allow CONNECT.',
    type: 'url',
    maxLength: 2048,
  },
  {
    name: 'proxyAuthorization',
    label: 'Name and password of the proxy',
    help: 'As name:password.',
    type: 'secret',
    maxLength: 1024,
  },
];

export const HEADERS: Field = {
  name: 'headers',
  label: 'More headers',
  help: 'One a line, as Name: value. What is secret belongs under Authorization.',
  type: 'headers',
  maxLength: 4096,
};

export const AUTHORIZATION: Field = {
  name: 'authorization',
  label: 'Authorization',
  help: 'The whole value of that header, for example Bearer and a token.',
  type: 'secret',
  maxLength: 4096,
};
