import { countryName, languageName, named, number, t } from '../i18n.js';
import { html, useState } from '../view.js';

/** The facets a reader may narrow by, in the order shown; `type` has its own buttons. */
export const FACETS = ['sector', 'country', 'stage', 'employment', 'kind'];
const AT_FIRST = 8;

/** The name of a facet's value in the page's language. */
export function facetValueName(facet, value) {
  if (facet === 'country') return countryName(value);
  if (facet === 'language') return languageName(value);
  return named(facet, value);
}

/** All facets with counts. Values of one facet widen the search, facets narrow it. */
export function Facets({ facets, question, change }) {
  const present = FACETS.filter((name) => facets[name]?.length > 0 || question.has(name));
  const chosen = FACETS.reduce((count, name) => count + question.getAll(name).length, 0);
  if (present.length === 0) return html`<div class="facets" />`;
  const clear = () => change((next) => FACETS.forEach((name) => next.delete(name)));
  return html`
    <details class="facets" open=${matchMedia('(min-width: 60rem)').matches}>
      <summary>${t('facet.title')}${chosen > 0 && html` <span class="count">${chosen}</span>`}</summary>
      ${chosen > 0 && html`<button type="button" class="button plain" onClick=${clear}>${t('facet.clear')}</button>`}
      ${present.map((name) => html`
        <${Facet} key=${name} name=${name} values=${facets[name] ?? []} chosen=${question.getAll(name)}
          change=${change} />`)}
    </details>`;
}

function Facet({ name, values, chosen, change }) {
  const [all, setAll] = useState(false);
  const counts = new Map(values.map(({ value, count }) => [value, count]));
  for (const value of chosen) if (!counts.has(value)) counts.set(value, 0); // a choice stays visible to be undone
  const listed = [...counts].filter(([value], position) => all || position < AT_FIRST || chosen.includes(value));
  const toggle = (value) => change((next) => {
    next.delete(name);
    const wanted = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value];
    wanted.forEach((one) => next.append(name, one));
  });
  return html`
    <fieldset class="facet" data-facet=${name}>
      <legend>${t(`facet.${name}`)}</legend>
      ${listed.map(([value, count]) => html`
        <label key=${value}>
          <input type="checkbox" value=${value} checked=${chosen.includes(value)} onChange=${() => toggle(value)} />
          <span>${facetValueName(name, value)}</span><span class="count">${number(count)}</span>
        </label>`)}
      ${counts.size > AT_FIRST && html`
        <button type="button" class="button plain" onClick=${() => setAll(!all)}>
          ${all ? t('facet.fewer') : t('facet.more', { count: counts.size - AT_FIRST })}
        </button>`}
    </fieldset>`;
}
