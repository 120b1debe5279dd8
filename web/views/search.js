import { request } from '../api.js';
import { number, t } from '../i18n.js';
import { FACETS, Facets } from '../parts/facets.js';
import { HitCard } from '../parts/hit-card.js';
import { Empty, Loading, ProblemNotice } from '../parts/notice.js';
import { SearchBox } from '../parts/search-box.js';
import { useResource } from '../resource.js';
import { replace } from '../router.js';
import { html, useEffect, useState } from '../view.js';

const TYPES = ['', 'project', 'vacancy', 'session'];
const LANGUAGES = ['', 'zh', 'en'];
const SORTS = ['relevance', 'newest', 'title'];
const PARAMETERS = ['q', 'type', 'lang', 'sort', ...FACETS];

/** Search over everything; as `#/vacancies`, over vacancies only. The address holds the whole question. */
export function Search({ query, section }) {
  const fixed = section === 'vacancies' ? 'vacancy' : null;
  const question = questionIn(query, fixed);
  const { value, problem, loading, reload } = useResource((signal) => ask(question, null, signal), [`${question}`]);
  const change = (edit) => {
    const next = new URLSearchParams(query);
    edit(next);
    replace(section, next);
  };

  return html`
    <div class="page search">
      <h1>${t(`${section}.title`)}</h1>
      <p class="lead">${t(`${section}.lead`)}</p>
      <${SearchBox} text=${query.get('q') ?? ''} label=${t(`${section}.box`)}
        type=${fixed ?? query.get('type')} onChange=${(text) => change((next) => put(next, 'q', text))} />
      ${!fixed && html`<${Types} chosen=${query.get('type') ?? ''} facets=${value?.facets}
        onChoose=${(type) => change((next) => put(next, 'type', type))} />`}
      <div class="search-body">
        <${Facets} facets=${value?.facets ?? {}} question=${query} change=${change} />
        <section class="results" aria-label=${t('search.results')} aria-busy=${loading}>
          <${ResultsBar} total=${value?.total} query=${query} change=${change} />
          ${problem && html`<${ProblemNotice} problem=${problem} onRetry=${reload} />`}
          ${!value && loading && html`<${Loading} lines=${8} />`}
          ${value && !problem && html`<${Pages} key=${`${question}`} question=${question} first=${value} />`}
        </section>
      </div>
    </div>`;
}

/** What the address asks: the parameters that the API knows, and the type where the view has one of its own. */
function questionIn(query, fixedType) {
  const known = [...query].filter(([name, value]) => PARAMETERS.includes(name) && value);
  const question = new URLSearchParams(known);
  if (fixedType) question.set('type', fixedType);
  return question;
}

const put = (parameters, name, value) => (value ? parameters.set(name, value) : parameters.delete(name));

/** The page of results at `cursor`, the first without one. */
function ask(question, cursor, signal) {
  const parameters = new URLSearchParams(question);
  if (cursor) parameters.set('cursor', cursor);
  return request(`/search?${parameters}`, { signal });
}

function Types({ chosen, facets, onChoose }) {
  const counts = new Map((facets?.type ?? []).map(({ value, count }) => [value, count]));
  return html`
    <div class="types" role="group" aria-label=${t('facet.type')}>
      ${TYPES.map((type) => html`
        <button type="button" class="segment" key=${type} aria-pressed=${type === chosen}
          onClick=${() => onChoose(type)}>
          ${t(`type.${type || 'all'}`)}
          ${counts.has(type) && html` <span class="count">${number(counts.get(type))}</span>`}
        </button>`)}
    </div>`;
}

function ResultsBar({ total, query, change }) {
  const select = (name, values, chosen) => html`
    <label>${t(`search.${name}`)}${' '}
      <select name=${name} onChange=${(event) => change((next) => put(next, name, event.target.value))}>
        ${values.map((value) => html`
          <option key=${value} value=${value} selected=${value === chosen}>${t(`${name}.${value || 'any'}`)}</option>`)}
      </select>
    </label>`;
  return html`
    <div class="results-bar">
      <p role="status">${total === undefined ? '' : t('search.total', { count: number(total) })}</p>
      ${select('lang', LANGUAGES, query.get('lang') ?? '')}
      ${select('sort', SORTS, query.get('sort') ?? 'relevance')}
    </div>`;
}

/** The first page, and as many more as the reader asks for. */
function Pages({ question, first }) {
  const [more, setMore] = useState({ hits: [], next: first.next, problem: null, busy: false });
  useEffect(() => setMore({ hits: [], next: first.next, problem: null, busy: false }), [first]);
  const load = async () => {
    setMore({ ...more, busy: true });
    try {
      const page = await ask(question, more.next);
      setMore({ hits: [...more.hits, ...page.hits], next: page.next, problem: null, busy: false });
    } catch (problem) {
      setMore({ ...more, problem, busy: false });
    }
  };
  if (first.hits.length === 0) return html`<${Empty}>${t('search.none')}<//>`;
  return html`
    <ol class="hits" role="list">
      ${[...first.hits, ...more.hits].map((hit) => html`<${HitCard} key=${`${hit.type}-${hit.id}`} hit=${hit} />`)}
    </ol>
    ${more.problem && html`<${ProblemNotice} problem=${more.problem} onRetry=${load} />`}
    ${more.next && html`
      <button type="button" class="button quiet wide" disabled=${more.busy} onClick=${load}>
        ${t('search.more')}
      </button>`}`;
}
