import { number, t } from '../i18n.js';
import { html } from '../view.js';

/** The seats of a vacancy: a number, or no limit, which is not zero. */
export const Openings = ({ openings }) => html`
  <span>
    ${openings === 'unlimited' ? t('openings.unlimited') : t('openings.count', { count: number(openings) })}
  </span>`;
