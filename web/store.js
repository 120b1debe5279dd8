import { useEffect, useState } from './view.js';

/** A value that tells its subscribers when it changes. The page keeps all shared state in a few of these. */
export function createStore(value) {
  const subscribers = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const subscriber of [...subscribers]) subscriber(value);
    },
    subscribe(subscriber) {
      subscribers.add(subscriber);
      return () => subscribers.delete(subscriber);
    },
  };
}

/** The store's value, and a new drawing of the component whenever it changes. */
export function useStore(store) {
  const [value, setValue] = useState(store.get());
  useEffect(() => {
    setValue(() => store.get()); // it may have changed between the first drawing and this effect
    return store.subscribe((next) => setValue(() => next));
  }, [store]);
  return value;
}
