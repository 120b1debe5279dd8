import { countryName, named, t } from '../i18n.js';
import { href } from '../router.js';
import { html } from '../view.js';
import { Marked } from './highlight.js';
import { Openings } from './openings.js';
import { Words } from './words.js';

const ADDRESS = { project: 'projects', vacancy: 'vacancies', session: 'watch' };

/** One result: what it is, its title with what matched, and a piece of its text. */
export function HitCard({ hit }) {
  const { title = [], text = [] } = hit.highlights ?? {};
  const field = { ...hit.fields, ...hit };
  return html`
    <li class="hit" data-hit=${hit.id}>
      <p class="hit-kind">
        <span class="badge type-${hit.type}">${t(`type.${hit.type}`)}</span>
        ${field.sector && html`<span>${named('sector', field.sector)}</span>`}
        ${field.organisation_name && html`<span><${Words} text=${field.organisation_name} /></span>`}
        ${field.country && html`<span>${countryName(field.country)}</span>`}
      </p>
      <h2><a href=${href(`${ADDRESS[hit.type]}/${hit.id}`)}>
        ${title.length > 0 ? html`<${Marked} text=${title[0]} />` : hit.title}
      </a></h2>
      ${text.length > 0 && html`<p class="snippet"><${Marked} text=${text.join(' … ')} /></p>`}
      <p class="hit-facts">
        ${field.stage && html`<span>${named('stage', field.stage)}</span>`}
        ${field.employment && html`<span>${named('employment', field.employment)}</span>`}
        ${field.kind && hit.type === 'session' && html`<span>${named('kind', field.kind)}</span>`}
        ${field.openings && html`<${Openings} openings=${field.openings} />`}
      </p>
    </li>`;
}
