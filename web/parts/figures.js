import { number, t } from '../i18n.js';
import { figuresOf } from '../media/figures.js';
import { html, useEffect, useRef, useState } from '../view.js';

const EVERY_MS = 2_000;

/** A line about the connection: picture, rate, loss, delay. */
export function Figures({ peer, direction }) {
  const [figures, setFigures] = useState(null);
  const last = useRef(null);
  useEffect(() => {
    const look = async () => {
      last.current = await figuresOf(peer, direction, last.current);
      setFigures(last.current);
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, [peer]);
  if (!figures) return null;
  const { width, height, framesPerSecond, bitsPerSecond, lossPercent, roundTripMs } = figures;
  const known = [
    width && ['picture', `${width} × ${height}`],
    framesPerSecond && ['rate', `${Math.round(framesPerSecond)} fps`],
    bitsPerSecond && ['bits', `${number(Math.round(bitsPerSecond / 1_000))} kbit/s`],
    lossPercent !== null && ['loss', `${lossPercent.toFixed(1)} %`],
    roundTripMs !== null && ['delay', `${Math.round(roundTripMs)} ms`],
  ].filter(Boolean);
  return html`
    <dl class="link-figures">
      ${known.map(([name, value]) => html`<div key=${name}><dt>${t(`figures.${name}`)}</dt><dd>${value}</dd></div>`)}
    </dl>`;
}
