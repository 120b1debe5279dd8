import { useEffect, useState } from './view.js';

/**
 * What `load(signal)` answers, as `{ value, problem, loading, reload }`. Loads again when `dependencies` change;
 * an answer that comes after that is dropped. The old value stays visible while a new one is on its way.
 */
export function useResource(load, dependencies) {
  const [state, setState] = useState({ value: null, problem: null, loading: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    load(abort.signal).then(
      (value) => abort.signal.aborted || setState({ value, problem: null, loading: false }),
      (problem) => abort.signal.aborted || setState((before) => ({ ...before, problem, loading: false })),
    );
    return () => abort.abort();
  }, [...dependencies, round]);
  return { ...state, reload: () => setRound(round + 1) };
}
