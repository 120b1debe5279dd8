import { inLanguage, languageOf, t } from '../i18n.js';
import { html } from '../view.js';

const LANG_TAGS = { zh: 'zh-CN', en: 'en' };

/** A bilingual text in the page's language; words of the other one say so to screen readers and fonts. */
export function Words({ text }) {
  const foreign = languageOf(text);
  return foreign ? html`<span lang=${LANG_TAGS[foreign]}>${inLanguage(text)}</span>` : inLanguage(text);
}

/** Paragraphs of a bilingual text. */
export function Prose({ text }) {
  const paragraphs = inLanguage(text).split(/\n+/).filter(Boolean);
  return html`
    <div class="prose" lang=${LANG_TAGS[languageOf(text)]}>${paragraphs.map((words) => html`<p>${words}</p>`)}</div>`;
}

/** What kind of session it is. */
export const KindBadge = ({ kind }) => html`<span class="badge kind-${kind}">${t(`kind.${kind}`)}</span>`;

/** The mark of a live session. */
export const LiveMark = () => html`<span class="live-mark">${t('live.now')}</span>`;

/** Tells that a sub-venue is part of the demonstration, not of the real edition. */
export const SyntheticMark = () => html`
  <span class="badge synthetic" title=${t('venue.synthetic.why')}>${t('venue.synthetic')}</span>`;
