import { number, t } from '../i18n.js';
import { figuresOf } from '../media/figures.js';
import { html, useEffect, useRef, useState } from '../view.js';

const EVERY_MS = 2_000;

/** A line about the connection: picture, rate, loss, delay. `measure(before)` looks; without it, at `peer`. */
export function Figures({ peer, direction, measure = (before) => figuresOf(peer, direction, before), subject = peer }) {
  const [figures, setFigures] = useState(null);
  const last = useRef(null);
  useEffect(() => {
    let over = false;
    last.current = null;
    const look = async () => {
      last.current = await measure(last.current);
      if (!over) setFigures(last.current);
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [subject]);
  if (!figures) return null;
  const { width, height, framesPerSecond, bitsPerSecond, lossPercent, roundTripMs, behindMs } = figures;
  const known = [
    width && ['picture', `${width} × ${height}`],
    framesPerSecond && ['rate', `${Math.round(framesPerSecond)} fps`],
    bitsPerSecond && ['bits', `${number(Math.round(bitsPerSecond / 1_000))} kbit/s`],
    lossPercent !== null && ['loss', `${lossPercent.toFixed(1)} %`],
    roundTripMs !== null && ['delay', `${Math.round(roundTripMs)} ms`],
    behindMs !== null && ['behind', `${(behindMs / 1_000).toFixed(1)} s`],
  ].filter(Boolean);
  return html`
    <dl class="link-figures">
      ${known.map(([name, value]) => html`<div key=${name}><dt>${t(`figures.${name}`)}</dt><dd>${value}</dd></div>`)}
    </dl>`;
}
