import en from './i18n/en.js';
import zh from './i18n/zh.js';
import { createStore } from './store.js';

const DICTIONARIES = { en, zh };
const LOCALES = { en: 'en-GB', zh: 'zh-CN' };
const REMEMBERED = 'subvenue.language';

/** The language of the page, "zh" or "en": as remembered, else as the browser prefers. */
export const language = createStore(initialLanguage());

function initialLanguage() {
  const remembered = localStorage.getItem(REMEMBERED);
  if (remembered in DICTIONARIES) return remembered;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Changes the language of the page and remembers it. */
export function speak(code) {
  localStorage.setItem(REMEMBERED, code);
  language.set(code);
}

/** The locale for `Intl` that goes with the page's language. */
export const locale = () => LOCALES[language.get()];

/** The page's own words: `t('search.total', { count: 3 })`. An unknown key shows itself. */
export function t(key, values = {}) {
  const text = DICTIONARIES[language.get()][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (placeholder, name) => values[name] ?? placeholder);
}

/** The dictionary's word for a code such as a sector; a code it does not know is made readable. */
export function named(family, code) {
  const known = DICTIONARIES[language.get()][`${family}.${code}`];
  return known ?? code.replace(/[-_]/g, ' ').replace(/^./, (first) => first.toUpperCase());
}

/** The codes of a family that the dictionaries know, such as every sector. */
export function codesOf(family) {
  const prefix = `${family}.`;
  return Object.keys(en).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}

/** A bilingual text `{ zh, en }` in the page's language, or in the one it has. */
export function inLanguage(text) {
  if (!text || typeof text === 'string') return text ?? '';
  return text[language.get()] || text.zh || text.en || '';
}

/** The language that `inLanguage` answers in, for the `lang` attribute of foreign words. */
export function languageOf(text) {
  if (!text || typeof text === 'string') return undefined;
  const present = text[language.get()] ? language.get() : text.zh ? 'zh' : 'en';
  return present === language.get() ? undefined : present;
}

/** A country's name from its ISO 3166 code. */
export function countryName(code) {
  return displayName('region', code);
}

/** A language's name from its BCP 47 code. */
export function languageName(code) {
  return displayName('language', code);
}

function displayName(type, code) {
  try {
    return new Intl.DisplayNames([locale()], { type }).of(code) ?? code;
  } catch {
    return code; // a code that Intl refuses is still better shown than hidden
  }
}

/** A number as the reader's language writes it: 29,475. */
export const number = (value) => new Intl.NumberFormat(locale()).format(value);
