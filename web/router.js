import { createStore } from './store.js';

/** Where the reader is: `#/search?q=battery` is `{ path: ['search'], query: URLSearchParams }`. */
export const route = createStore(parse(location.hash));

function parse(hash) {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  return {
    path: path.split('/').filter(Boolean).map(decodeURIComponent),
    query: new URLSearchParams(query),
  };
}

/** The address of a view. `query` takes what `URLSearchParams` takes; empty values are left out. */
export function href(path, query = {}) {
  const pairs = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const search = new URLSearchParams(pairs.filter(([, value]) => value)).toString();
  return `#/${path}${search ? `?${search}` : ''}`;
}

/** Goes to another view; the back button returns. */
export function go(path, query) {
  location.hash = href(path, query);
}

/** Rewrites the present address, without a new entry in the history. */
export function replace(path, query) {
  history.replaceState(null, '', href(path, query));
  route.set(parse(location.hash));
}

addEventListener('hashchange', () => route.set(parse(location.hash)));
