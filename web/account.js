import { createStore } from './store.js';

const TOKEN = 'subvenue.token';
const PRESENTER = 'subvenue.presenter.';

/** The access token of whoever registered in this browser, or null. */
export const token = createStore(localStorage.getItem(TOKEN));

/** Keeps the token of a registration for the next visits. */
export function signIn(value) {
  localStorage.setItem(TOKEN, value);
  token.set(value);
}

/** Forgets the token. */
export function signOut() {
  localStorage.removeItem(TOKEN);
  token.set(null);
}

/** Keeps a presenter's token for one session, until the tab is closed. */
export function keepPresenterToken(sessionId, value) {
  sessionStorage.setItem(PRESENTER + sessionId, value);
}

/** The token to publish with: the presenter's for this session, else the attendee's, else null. */
export function publishingToken(sessionId) {
  return sessionStorage.getItem(PRESENTER + sessionId) ?? token.get();
}

// Signing in or out in one tab counts for the others.
addEventListener('storage', (event) => {
  if (event.key === TOKEN) token.set(event.newValue);
});
