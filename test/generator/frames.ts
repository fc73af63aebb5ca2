/**
 * The frame builders: one function a protocol layer, put together by `frame(…)`.
 * See README.md beside this file for every name with an example.
 */
export * from './bytes.ts';
export * from './frames/stack.ts';
export * from './frames/link.ts';
export * from './frames/network.ts';
export * from './frames/transport.ts';
export * from './frames/tunnels.ts';
