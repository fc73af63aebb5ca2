import { createElement } from 'react';
import { renderToReadableStream, renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { later } from '../../../src-renderer/lib/later.ts';

const module = { default: () => createElement('p', null, 'the view') };

describe('a view whose code comes later', () => {
  it('waits for its code, and then is shown', async () => {
    const { component } = later(() => Promise.resolve(module));
    const stream = await renderToReadableStream(createElement(component));
    await stream.allReady;
    expect(await new Response(stream).text()).toContain('<p>the view</p>');
  });

  it('is shown in the same turn once its code was fetched', async () => {
    const { component, fetch } = later(() => Promise.resolve(module));
    await fetch();
    expect(renderToString(createElement(component))).toBe('<p>the view</p>');
  });

  it('says where its code cannot be had', async () => {
    const { fetch } = later(() => Promise.reject(new Error('gone')));
    await expect(fetch()).rejects.toThrow('gone');
  });
});
