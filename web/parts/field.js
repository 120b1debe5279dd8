import { t } from '../i18n.js';
import { html } from '../view.js';

/**
 * A labelled control with its hint and its error. `control(attributes)` draws the control and spreads the
 * attributes on it, so that the label, the hint and the error belong to it for assistive technology too.
 */
export function Field({ name, label, hint, error, optional, control }) {
  const id = `field-${name.replace(/\W/g, '-')}`;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return html`
    <div class="field ${error ? 'wrong' : ''}">
      <label for=${id}>${label}${optional && html` <span class="optional">${t('form.optional')}</span>`}</label>
      ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
      ${control({ id, name, 'aria-describedby': described || null, 'aria-invalid': error ? 'true' : null })}
      ${error && html`<p class="error" id="${id}-error">${error}</p>`}
    </div>`;
}

/** Several choices of a set, as buttons that stay pressed. `options` is a list of [value, label]. */
export function Choices({ name, label, hint, error, options, chosen, onChange }) {
  const toggle = (value) =>
    onChange(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]);
  return html`
    <fieldset class="field choices ${error ? 'wrong' : ''}">
      <legend>${label}</legend>
      ${hint && html`<p class="hint">${hint}</p>`}
      <div class="chips">
        ${options.map(([value, text]) => html`
          <label class="chip" key=${value}>
            <input type="checkbox" name=${name} value=${value} checked=${chosen.includes(value)}
              onChange=${() => toggle(value)} /><span>${text}</span>
          </label>`)}
      </div>
      ${error && html`<p class="error">${error}</p>`}
    </fieldset>`;
}

/**
 * A drop-down list. `options` is a list of [value, label]; `empty` is what it says while nothing is chosen, and
 * can be chosen again.
 */
export const Select = ({ options, value, empty, onChange, ...attributes }) => html`
  <select ...${attributes} onChange=${(event) => onChange(event.target.value)}>
    ${empty && html`<option value="">${empty}</option>`}
    ${options.map(([code, text]) => html`
      <option key=${code} value=${code} selected=${code === value}>${text}</option>`)}
  </select>`;
