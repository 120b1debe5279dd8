import { playableOf } from './hls.js';

const AGAIN_MS = 5_000;

/**
 * Hears the captions of a live session until `signal` aborts. `onCue(text)` gets each when it is to be shown, and an
 * empty text when the last has been there long enough. Captions in `language` come before those of any other.
 */
export async function hearCaptions(session, language, signal, onCue) {
  let timer = 0;
  let preferred = null;
  const show = ({ text, seconds, language: spoken }) => {
    if (spoken.startsWith(language)) preferred = spoken;
    if (preferred && spoken !== preferred) return;
    clearTimeout(timer);
    onCue(text);
    timer = setTimeout(() => onCue(''), seconds * 1_000);
  };
  while (!signal.aborted) {
    try {
      const { news } = await playableOf(session.id, session.token, signal);
      await follow(news, signal, show);
    } catch {
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
  clearTimeout(timer);
}

/** Asks for the next cues over and over; the server answers when there are some, or after a while. */
async function follow(news, signal, show) {
  let next = null;
  while (!signal.aborted) {
    const url = next === null ? news : `${news}?after=${next}`; // the first answer says how many there are
    const response = await fetch(url, { signal, cache: 'no-store' });
    if (!response.ok) throw new Error(response.status);
    const answer = await response.json();
    answer.cues.forEach(show);
    next = answer.next;
  }
}
