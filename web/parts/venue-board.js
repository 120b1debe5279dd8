import { dayShift, isDay, readerZone, timeIn } from '../clock.js';
import { inLanguage, t } from '../i18n.js';
import { html } from '../view.js';
import { LiveMark } from './words.js';

/** All venues with the hour on their clocks; pressing one keeps its sessions only. */
export function VenueBoard({ venues, sessions, present, chosen, onChoose }) {
  const live = new Set(sessions.filter((session) => session.live).map((session) => session.sub_venue_id));
  return html`
    <ul class="board" role="list" aria-label=${t('board.label')}>
      ${venues.map((venue) => html`
        <li key=${venue.id}>
          <button type="button" class="clock" aria-pressed=${venue.id === chosen} data-venue=${venue.id}
            onClick=${() => onChoose(venue.id)}>
            <span class="clock-head">
              <span class="sky ${isDay(venue.time_zone, present) ? 'day' : 'night'}" aria-hidden="true" />
              ${live.has(venue.id) ? html`<${LiveMark} />` : html`<${Role} role=${venue.role} />`}
            </span>
            <span class="hour">
              ${timeIn(venue.time_zone, present)}<${Shift} zone=${venue.time_zone} present=${present} />
            </span>
            <span class="city">${inLanguage(venue.city)}</span>
          </button>
        </li>`)}
    </ul>`;
}

/** Only the main venue and the broadcast need a word: a city says enough about the others. */
const Role = ({ role }) => role !== 'overseas' && html`<span>${t(`venue.${role}.short`)}</span>`;

/** "−1" where the venue's calendar is a day behind the reader's. */
function Shift({ zone, present }) {
  const days = dayShift(zone, readerZone, present);
  if (days === 0) return null;
  const words = t(days > 0 ? 'time.dayAfter' : 'time.dayBefore');
  return html`<sup title=${words}>${days > 0 ? '+' : '−'}${Math.abs(days)}</sup>`;
}
