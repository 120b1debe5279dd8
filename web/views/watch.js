import { token } from '../account.js';
import { dateIn, dayIn, readerZone } from '../clock.js';
import { inLanguage, t } from '../i18n.js';
import { Pending } from '../parts/notice.js';
import { Screen } from '../parts/screen.js';
import { Hours, zoneCity } from '../parts/times.js';
import { KindBadge, LiveMark, Prose, SyntheticMark, Words } from '../parts/words.js';
import { inOrder, loadSession, programme } from '../programme.js';
import { useResource } from '../resource.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { html } from '../view.js';

/** One session: its screen, its words, and what else is on. */
export function Watch({ id }) {
  const { sessions, venues } = useStore(programme);
  const { problem, reload } = useResource(() => loadSession(id), [id]);
  const session = sessions.get(id);
  if (!session) return html`<${Pending} problem=${problem} onRetry=${reload} />`;
  const venue = venues.find((candidate) => candidate.id === session.sub_venue_id);
  return html`
    <div class="page watch">
      <div class="watch-main">
        <${Screen} session=${session} token=${token.get()} />
        <${About} session=${session} venue=${venue} />
      </div>
      <${AlsoOn} session=${session} venues=${venues} sessions=${inOrder(sessions.values())} />
    </div>`;
}

const programmeOf = (venue) => href('programme', { venue: venue.id, day: 'all' });

function About({ session, venue }) {
  const zone = session.time_zone;
  return html`
    <article class="about">
      <p class="marks">
        <${KindBadge} kind=${session.kind} />
        ${session.live ? html`<${LiveMark} />` : html`<span class="standing">${t(`status.${session.status}`)}</span>`}
      </p>
      <h1><${Words} text=${session.title} /></h1>
      <dl class="facts">
        <div><dt>${t('watch.venue')}</dt><dd>
          ${venue && html`<a href=${programmeOf(venue)}><${Words} text=${venue.name} /></a>`}
          ${venue?.synthetic && html` <${SyntheticMark} />`}</dd></div>
        <div><dt>${t('watch.date')}</dt><dd>${dateIn(zone, session.starts_at)}</dd></div>
        <div><dt>${t('watch.time', { zone: venue ? inLanguage(venue.city) : zoneCity(zone) })}</dt>
          <dd><${Hours} session=${session} /></dd></div>
      </dl>
      ${session.abstract && html`<${Prose} text=${session.abstract} />`}
      <p class="footnote">
        ${t('programme.zone', { zone: readerZone })} · ${' '}
        <a href=${href(`present/${session.id}`)}>${t('watch.present')}</a>
      </p>
    </article>`;
}

/** What is live elsewhere, then what follows in the same venue. */
function AlsoOn({ session, venues, sessions }) {
  const others = sessions.filter(({ id }) => id !== session.id);
  const live = others.filter((other) => other.live);
  const next = others.filter((other) =>
    other.sub_venue_id === session.sub_venue_id && !other.live && other.starts_at >= session.starts_at).slice(0, 5);
  const cityOf = (other) => inLanguage(venues.find(({ id }) => id === other.sub_venue_id)?.city);
  const list = (title, items) => items.length > 0 && html`
    <section>
      <h2>${title}</h2>
      <ol role="list">
        ${items.map((other) => html`
          <li key=${other.id}>
            <a href=${href(`watch/${other.id}`)}><${Words} text=${other.title} /></a>
            ${other.live
              ? html`<p class="marks place">${cityOf(other)}<${LiveMark} /></p>`
              : html`
                <p class="place">${dayIn(other.time_zone, other.starts_at)}</p>
                <${Hours} session=${other} />`}
          </li>`)}
      </ol>
    </section>`;
  return html`<aside class="also">${list(t('watch.alsoLive'), live)}${list(t('watch.next'), next)}</aside>`;
}
