import { datesIn, dayIn, dayKey, now, offsetOf, readerZone } from '../clock.js';
import { inLanguage, number, t } from '../i18n.js';
import { Loading, ProblemNotice, Empty } from '../parts/notice.js';
import { SessionRow } from '../parts/session-row.js';
import { VenueBoard } from '../parts/venue-board.js';
import { SyntheticMark, Words } from '../parts/words.js';
import { zoneCity } from '../parts/times.js';
import { inOrder, load, programme } from '../programme.js';
import { href, replace } from '../router.js';
import { useStore } from '../store.js';
import { html } from '../view.js';

const ROLES = ['main', 'online', 'overseas'];

/** The programme by sub-venue: `?venue=` and `?day=` narrow it, `?live=1` keeps what is live. */
export function Programme({ query }) {
  const { phase, problem, venues, sessions, linked } = useStore(programme);
  const present = useStore(now);
  if (phase === 'loading') return html`<div class="page"><${Loading} lines=${8} /></div>`;
  if (phase === 'failed') return html`<div class="page"><${ProblemNotice} problem=${problem} onRetry=${load} /></div>`;

  const ordered = inTheOrderOfTheSun(venues);
  const all = inOrder(sessions.values());
  const days = [...new Map(all.map((session) => [keyOf(session), session])).entries()].sort();
  const chosen = {
    venue: query.get('venue'),
    day: query.get('day') ?? dayToShow(all, present),
    live: query.get('live'),
  };
  const narrow = (changes) => replace('programme', { ...chosen, ...changes });
  const shown = all.filter((session) => matches(session, chosen));

  return html`
    <${Opening} venues=${ordered} sessions=${all} present=${present}>
      <${VenueBoard} venues=${ordered} sessions=${all} present=${present} chosen=${chosen.venue}
        onChoose=${(venue) => narrow({ venue: venue === chosen.venue ? '' : venue })} />
    <//>
    <div class="page programme">
      ${!linked && html`<p class="notice">${t('live.stale')}</p>`}
      <${DayBar} days=${days} chosen=${chosen} narrow=${narrow} />
      ${ordered.map((venue) => {
        const here = shown.filter((session) => session.sub_venue_id === venue.id);
        return here.length > 0 && html`<${VenueSection} key=${venue.id} venue=${venue} sessions=${here} />`;
      })}
      ${shown.length === 0 && html`<${Empty}>${t(chosen.live ? 'programme.noneLive' : 'programme.none')}<//>`}
      <p class="footnote">${t('programme.zone', { zone: `${zoneCity(readerZone)} (${readerZone})` })}</p>
    </div>`;
}

/** The calendar day of a session at its own venue. */
const keyOf = (session) => dayKey(session.time_zone, session.starts_at);

function matches(session, { venue, day, live }) {
  return (!venue || session.sub_venue_id === venue)
    && (live ? session.live : day === 'all' || keyOf(session) === day);
}

/** The main venue first, the online broadcast next, then the others from east to west. */
const inTheOrderOfTheSun = (venues) =>
  [...venues].sort((a, b) =>
    ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || offsetOf(b.time_zone) - offsetOf(a.time_zone));

/** Today while the conference runs, else the day on which most sessions begin. */
function dayToShow(sessions, present) {
  const days = Map.groupBy(sessions, keyOf);
  const today = dayKey(readerZone, present);
  if (days.has(today) || days.size === 0) return days.size ? today : 'all';
  return [...days].reduce((fullest, day) => (day[1].length > fullest[1].length ? day : fullest))[0];
}

/** The days of the conference on the calendar of the main venue. */
const datesOf = ([main], sessions) =>
  (sessions.length > 0 ? datesIn(main.time_zone, sessions[0].starts_at, sessions.at(-1).starts_at) : '');

function Opening({ venues, sessions, children }) {
  const live = sessions.filter((session) => session.live).length;
  return html`
    <section class="opening">
      <div class="opening-inner">
        <div class="opening-words">
          <p class="eyebrow">${datesOf(venues, sessions)} · ${t('opening.eyebrow')}</p>
          <h1>${t('opening.title')}</h1>
          <p class="lead">${t('opening.lead')}</p>
        </div>
        <dl class="figures">
          <${Figure} term=${t('opening.venues')} value=${venues.length} />
          <${Figure} term=${t('opening.sessions')} value=${sessions.length} />
          <${Figure} term=${t('opening.live')} value=${live} lit=${live > 0} />
        </dl>
        ${children}
      </div>
    </section>`;
}

const Figure = ({ term, value, lit }) => html`
  <div class=${lit ? 'figure lit' : 'figure'}><dt>${term}</dt><dd>${number(value)}</dd></div>`;

function DayBar({ days, chosen, narrow }) {
  const tab = (day, label) => html`
    <button type="button" class="segment" aria-pressed=${!chosen.live && chosen.day === day}
      onClick=${() => narrow({ day, live: '' })}>${label}</button>`;
  return html`
    <div class="day-bar" role="group" aria-label=${t('programme.days')}>
      ${days.map(([day, session]) => tab(day, dayIn(session.time_zone, session.starts_at)))}
      ${days.length > 1 && tab('all', t('programme.allDays'))}
      <button type="button" class="segment live-only" aria-pressed=${Boolean(chosen.live)}
        onClick=${() => narrow({ live: chosen.live ? '' : '1' })}>${t('programme.liveOnly')}</button>
      ${chosen.venue && html`
        <button type="button" class="button plain" onClick=${() => narrow({ venue: '' })}>
          ${t('programme.allVenues')}
        </button>`}
    </div>`;
}

function VenueSection({ venue, sessions }) {
  const days = Map.groupBy(sessions, keyOf);
  return html`
    <section class="venue" aria-labelledby="venue-${venue.id}">
      <header>
        <p class="eyebrow">${t(`venue.${venue.role}`)}${venue.synthetic && html` <${SyntheticMark} />`}</p>
        <h2 id="venue-${venue.id}"><${Words} text=${venue.name} /></h2>
        <p class="place">
          ${inLanguage(venue.city)} · ${' '}
          <a href=${href('programme', { venue: venue.id, day: 'all' })}>${t('programme.allOfVenue')}</a>
        </p>
      </header>
      <div class="slots">
        ${[...days].map(([day, slots]) => html`
          ${days.size > 1 && html`<h3 class="day-heading">${dayIn(venue.time_zone, slots[0].starts_at)}</h3>`}
          <ol role="list">
            ${slots.map((session) => html`<${SessionRow} key=${session.id} session=${session} />`)}
          </ol>`)}
      </div>
    </section>`;
}
