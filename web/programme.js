import { everyItem, request } from './api.js';
import { listen } from './live.js';
import { createStore } from './store.js';

/**
 * The programme, fetched once and then kept fresh by what the gateway pushes.
 * `phase` is loading, ready or failed; `sessions` maps ids to sessions; `linked` says whether news arrives.
 */
export const programme = createStore({
  phase: 'loading',
  problem: null,
  venues: [],
  sessions: new Map(),
  linked: true,
});

/** Sessions that have just gone live, for whoever announces it. */
export const wentLive = createStore(null);

const change = (changes) => programme.set({ ...programme.get(), ...changes });

/** How long to wait for the stream of news before loading without it. */
const PATIENCE_MS = 1_000;

/**
 * Loads the programme and follows it. Called once, when the page starts. The news come first: a programme that
 * was fetched before the stream opened could miss what happened in between.
 */
export function follow() {
  listen(['sessions'], { onMessage: receive, onGap: load, onLink: (linked) => change({ linked }) });
  setTimeout(() => programme.get().phase === 'loading' && load(), PATIENCE_MS);
}

/** Fetches the programme; what is shown stays until the new one is here. */
export async function load() {
  try {
    const [venues, sessions] = await Promise.all([
      everyItem('/sub-venues'),
      everyItem('/sessions?limit=200'),
    ]);
    receiveSessions(sessions);
    change({ phase: 'ready', problem: null, venues });
  } catch (problem) {
    const { phase } = programme.get();
    change({ phase: phase === 'ready' ? phase : 'failed', problem });
  }
}

/** The session as it is known, fetched where the programme does not have it. */
export async function loadSession(id) {
  receiveSessions([await request(`/sessions/${encodeURIComponent(id)}`)]);
}

function receive({ data }) {
  receiveSessions([data.session]);
}

/** Takes the sessions that are newer than what is here: events may arrive late, or twice. */
function receiveSessions(arrived) {
  const { sessions } = programme.get();
  const newer = arrived.filter(({ id, version }) => !(sessions.get(id)?.version >= version));
  if (newer.length === 0) return;
  change({ sessions: new Map([...sessions, ...newer.map((session) => [session.id, session])]) });
  for (const session of newer) {
    const before = sessions.get(session.id);
    if (before && !before.live && session.live) wentLive.set(session);
  }
}

/** Sessions in the order of their start. */
export const inOrder = (sessions) =>
  [...sessions].sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at) || a.id.localeCompare(b.id));
