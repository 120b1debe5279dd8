import { t } from '../i18n.js';
import { href } from '../router.js';
import { html } from '../view.js';

/** What to tell a reader about a problem: the server's own words where it has some. */
export function explain(problem) {
  if (problem.status === 0) return t('problem.unreachable');
  if (problem.status === 401) return t('problem.unauthenticated');
  if (problem.status === 404) return t('problem.missing');
  if (problem.status >= 500 || problem.status === 429) return t('problem.busy');
  return problem.detail || problem.title || t('problem.unknown');
}

/** A problem in words, with a way to try again where `onRetry` is given. */
export function ProblemNotice({ problem, onRetry }) {
  return html`
    <div class="notice bad" role="alert">
      <p>${explain(problem)}</p>
      ${onRetry && html`<button type="button" class="button quiet" onClick=${onRetry}>${t('problem.retry')}</button>`}
    </div>`;
}

/** Grey lines in the shape of what is coming. */
export function Loading({ lines = 4 }) {
  return html`
    <div class="loading" role="status" aria-label=${t('problem.loading')}>
      ${Array.from({ length: lines }, () => html`<span />`)}
    </div>`;
}

/** A page whose subject is on its way, or cannot come. */
export const Pending = ({ problem, onRetry }) => html`
  <div class="page">
    ${problem ? html`<${ProblemNotice} problem=${problem} onRetry=${onRetry} />` : html`<${Loading} lines=${6} />`}
  </div>`;

/** A sentence that says why to register, and the way there. */
export const RegisterFirst = ({ children }) => html`
  <p>${children}</p>
  <p><a class="button" href=${href('register')}>${t('nav.register')}</a></p>`;

/** A sentence where a list would be. */
export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;
