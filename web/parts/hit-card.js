import { dayIn } from '../clock.js';
import { countryName, inLanguage, named, t } from '../i18n.js';
import { programme } from '../programme.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { html } from '../view.js';
import { Marked } from './highlight.js';
import { Openings } from './openings.js';
import { Hours } from './times.js';
import { Words } from './words.js';

const ADDRESS = { project: 'projects', vacancy: 'vacancies', session: 'watch' };

/** One result: what it is, its title with what matched, and a piece of its text. */
export function HitCard({ hit }) {
  const { title: [markedTitle] = [], text: markedText = [] } = hit.highlights ?? {};
  const ownTitle = inLanguage(hit.titles);
  return html`
    <li class="hit" data-hit=${hit.id}>
      <p class="hit-line">
        <span class="badge type-${hit.type}">${t(`type.${hit.type}`)}</span>
        ${hit.sector && html`<span>${named('sector', hit.sector)}</span>`}
        ${hit.country && html`<span>${countryName(hit.country)}</span>`}
        ${hit.kind && html`<span>${named('kind', hit.kind)}</span>`}
      </p>
      <h2><a href=${href(`${ADDRESS[hit.type]}/${hit.id}`)}>
        ${markedTitle ? html`<${Marked} text=${markedTitle} />` : html`<${Words} text=${hit.titles} />`}
      </a></h2>
      ${markedTitle && ownTitle !== hit.title && html`<p class="own-title">${ownTitle}</p>`}
      ${markedText.length > 0 && html`<p class="snippet"><${Marked} text=${markedText.join(' … ')} /></p>`}
      <div class="hit-line"><${Facts} hit=${hit} /></div>
    </li>`;
}

/** What matters about a result of its type. */
function Facts({ hit }) {
  switch (hit.type) {
    case 'project':
      return hit.stage && html`<span>${named('stage', hit.stage)}</span>`;
    case 'session':
      return html`<${Slot} session=${hit} />`;
    default:
      return html`
        <span><${Words} text=${hit.organisation_name} /></span>
        <span>${named('employment', hit.employment)}</span>
        <${Openings} openings=${hit.openings ?? 1} />`;
  }
}

/** Where and when a session is. */
function Slot({ session }) {
  const { venues } = useStore(programme);
  const venue = venues.find(({ id }) => id === session.sub_venue_id);
  return html`
    <span>${inLanguage(venue?.city)}</span>
    <span>${dayIn(session.time_zone, session.starts_at)}</span>
    <${Hours} session=${session} />`;
}
