import { inLanguage, t } from './i18n.js';
import { programme, wentLive } from './programme.js';
import { createStore } from './store.js';

/** The sentence in the page's live region. */
export const announcement = createStore('');

/** Has `text` read to those who use a screen reader. */
export const announce = (text) => announcement.set(text);

wentLive.subscribe((session) => {
  const venue = programme.get().venues.find(({ id }) => id === session.sub_venue_id);
  announce(t('live.announcement', { title: inLanguage(session.title), venue: inLanguage(venue?.name) }));
});
