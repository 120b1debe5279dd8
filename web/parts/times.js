import { dayShift, readerZone, spanIn } from '../clock.js';
import { t } from '../i18n.js';
import { html } from '../view.js';

/** A session's hours on the venue's clocks and, below, on the reader's. */
export function Hours({ session }) {
  const { time_zone: zone, starts_at: start, ends_at: end } = session;
  return html`
    <div class="hours">
      <time datetime=${start}>${spanIn(zone, start, end)}</time>
      ${zone !== readerZone && html`
        <small>
          ${t('time.yours', { span: spanIn(readerZone, start, end) })}<${Shift} zone=${zone} at=${start} />
        </small>`}
    </div>`;
}

/** "+1 day" where the reader's calendar is not on the venue's day. */
function Shift({ zone, at }) {
  const days = dayShift(readerZone, zone, at);
  return days === 0 ? null : html` <span class="shift">${t(days > 0 ? 'time.dayAfter' : 'time.dayBefore')}</span>`;
}

/** The name of a zone as people know it: "Asia/Tokyo" → "Tokyo". */
export const zoneCity = (zone) => zone.split('/').pop().replace(/_/g, ' ');
