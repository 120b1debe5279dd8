import { codesOf, countryName, languageName, locale, named, t } from '../i18n.js';
import { COUNTRIES, LANGUAGES } from '../places.js';
import { html, useMemo } from '../view.js';
import { Choices, Field, Select } from './field.js';

/** The fields about a person, shared by registration and by one's own page. */
export function PersonFields({ form, errors, onChange, withEmail }) {
  const set = (name) => (value) => onChange({ ...form, [name]: value });
  const typed = (name) => (event) => set(name)(event.target.value);
  const countries = useMemo(() => byName(COUNTRIES, countryName), [locale()]);
  const zones = useMemo(() => zonesWith(form.time_zone), [form.time_zone]);
  const field = (name, control, hint) => html`
    <${Field} name=${name} label=${t(`form.${name}`)} hint=${hint} error=${errors.get(name)} control=${control} />`;
  const input = (name, attributes) => (shared) => html`
    <input ...${shared} ...${attributes} value=${form[name]} onInput=${typed(name)} required />`;
  const select = (name, options) => (shared) => html`
    <${Select} ...${shared} required empty=${form[name] ? null : t('form.choose')} options=${options}
      value=${form[name]} onChange=${set(name)} />`;
  const choices = (name, options, hint) => html`
    <${Choices} name=${name} label=${t(`form.${name}`)} hint=${hint} error=${errors.get(name)} options=${options}
      chosen=${form[name] ?? []} onChange=${set(name)} />`;
  return html`
    ${withEmail && field('email', input('email', { type: 'email', autocomplete: 'email' }), t('form.email.hint'))}
    ${field('name', input('name', { type: 'text', autocomplete: 'name', maxlength: 300 }))}
    <div class="pair">
      ${field('country', select('country', countries))}
      ${field('time_zone', select('time_zone', zones))}
    </div>
    <fieldset class="field">
      <legend>${t('form.mode')}</legend>
      <div class="chips">
        ${['online', 'onsite'].map((mode) => html`
          <label class="chip" key=${mode}>
            <input type="radio" name="mode" value=${mode} checked=${form.mode === mode} onChange=${typed('mode')} />
            <span>${t(`mode.${mode}`)}</span>
          </label>`)}
      </div>
    </fieldset>
    ${choices('languages', LANGUAGES.map((code) => [code, languageName(code)]))}
    ${choices('sectors', codesOf('sector').map((code) => [code, named('sector', code)]), t('form.sectors.hint'))}`;
}

/** Codes as [code, name], in the order of the names in the page's language. */
function byName(codes, nameOf) {
  const compare = new Intl.Collator(locale()).compare;
  return codes.map((code) => [code, nameOf(code)]).sort(([, a], [, b]) => compare(a, b));
}

/** All time zones, and `current`: a browser may report an old name that its own list does not have. */
function zonesWith(current) {
  const known = Intl.supportedValuesOf('timeZone');
  const zones = !current || known.includes(current) ? known : [current, ...known];
  return zones.map((zone) => [zone, zone.replace(/_/g, ' ')]);
}
